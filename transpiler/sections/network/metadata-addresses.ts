/** What `metadataGuard` closes: the metadata services of clouds, a test compares them with those that keel-init knows. */
export const METADATA_ADDRESSES: readonly string[] = [
  '169.254.169.254',
  // Scaleway, and what gives Azure's machines their secrets.
  '169.254.42.42',
  '168.63.129.16',
  // AWS, Google, Oracle, Akamai, Scaleway, and OpenStack on the link itself.
  'fd00:ec2::254',
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
  'fd00:a9fe:a9fe::1',
  'fd00:42::42',
  'fe80::a9fe:a9fe',
]
