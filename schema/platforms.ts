/**
 * The platforms whose metadata service keel-init asks, one row each, in the order in which they are looked for. From here come the names of
 * sources in events, the words of `keel.platform=`, the limits of user data and docs/reference/platforms.md; `npm run gen` writes them. How
 * the service of a platform behaves in tests is said by fixtures/metadata/<name>.json.
 */

/** A file of /sys/class/dmi/id, and what it says on machines of one platform. */
export type Mark =
  | { readonly file: string; readonly is: string }
  | { readonly file: string; readonly startsWith: string }
  /** A UUID that Amazon's Xen made: it begins with `ec2`, or its first group ends so with its bytes swapped. */
  | { readonly file: string; readonly isXenUuid: true }

/** Where a fact of the machine is: the whole text at a path, a field of the JSON object at a path (one below another with a slash), or a file of /sys/class/dmi/id. */
export type Fact =
  | { readonly text: string }
  | { readonly json: string; readonly field: string }
  | { readonly firmware: string }

/** What is taken of a text: what stands after or before a character (the last one of it), or the whole in another form. */
export type Part =
  | { readonly after: string }
  | { readonly before: string }
  | { readonly beforeFirst: string }
  /** In lower case. */
  | 'lower-case'
  /** A resource id of Azure with its subscription and its resource group in lower case, as Azure's controllers write them. */
  | 'azure-resource'
  /** A zone of Scaleway by its name of today: the service may say `par1` for `fr-par-1` (ParseZone in scaleway/scaleway-sdk-go scw/locality.go). */
  | 'scaleway-zone'

/** One piece of what a node is called, and what is taken of it, in this order. */
export interface Piece {
  readonly fact: Fact
  readonly parts?: readonly Part[]
}

/**
 * What a node is called by the platform's cloud controller manager, as far as the metadata service says it. Each text is made of
 * pieces: `{name}` stands for one.
 */
export interface NodeFacts {
  readonly pieces: Readonly<Record<string, Piece>>
  readonly providerId: string
  readonly zone?: string
  readonly region?: string
  readonly instanceType?: string
  /** Where the formats stand: a repository of GitHub, the version that was read, and files of it. */
  readonly source: string
  /** What else the docs say of it: where the controller's own values may differ. */
  readonly notes?: string
}

/** Name and value. */
export type Header = readonly [name: string, value: string]

/** How much user data a platform takes. */
export interface UserDataLimit {
  readonly bytes: number
  /** What the platform counts: the document itself, or its base64, which is a third longer. */
  readonly counts: 'itself' | 'base64'
  /** How a packed document must be given: where only text is taken, in base64. */
  readonly packed: 'binary' | 'base64'
}

/** How a network is written: as cloud-init's network-config, as OpenStack's network_data.json, or in the platform's own form. */
export type NetworkReader = 'NetworkConfig' | 'NetworkData' | 'DigitalOcean' | 'Vultr'

/** One platform. */
export interface Platform {
  /** As in `keel.platform=`, as a source in events, and as its file in fixtures/metadata. */
  readonly name: string
  /** What people call it. */
  readonly title: string
  /** Any of these is enough to know it by. */
  readonly marks: readonly Mark[]
  /** Addresses of the service, as in a URL, in the order in which they are asked until one answers; absent: 169.254.169.254. */
  readonly addresses?: readonly string[]
  /** Whether it gives the document only to a client whose port is below 1024, which only root can have. */
  readonly needsLowPort?: true
  /** A token that the service wants first: got by PUT with one header, sent with every request in another. */
  readonly token?: { readonly path: string; readonly header: Header; readonly carriedBy: string }
  /** Headers of every request. */
  readonly headers?: readonly Header[]
  /** More headers of the requests for host name and instance id. */
  readonly factHeaders?: readonly Header[]
  /** Path of the document. */
  readonly document: string
  /** Where the document is if there is none at that path. */
  readonly otherDocument?: string
  /** How the service writes the document: as it was given, in base64, or as the text at a path says. */
  readonly encoding: 'raw' | 'base64' | { readonly writtenAt: string }
  /** Statuses that mean: there is no document. */
  readonly absent: readonly number[]
  /** Statuses that mean: not yet. */
  readonly later?: readonly number[]
  readonly hostname: Fact
  readonly instanceId: Fact
  /** Where the machine's network is said, and the reader of keel-init for it. */
  readonly network?: { readonly path: string; readonly reader: NetworkReader }
  readonly node: NodeFacts
  /** Whether the service is also at the link-local address fe80::a9fe:a9fe, which needs no lease. */
  readonly isOnTheLink?: true
  /** The server that waits for a report that the machine is up. */
  readonly reportReadyTo?: string
  /** Sources that only this platform has, asked after its metadata service. keel-init has a function for each, by this name. */
  readonly moreSources?: readonly { readonly name: string; readonly place: string; readonly ask: string }[]
  readonly userData: UserDataLimit
  /** What else the docs say of it. */
  readonly notes?: string
}

const AZURE_TAG = '7783-7084-3265-9085-8269-3286-77'

export const PLATFORMS: readonly Platform[] = [
  {
    name: 'azure',
    title: 'Azure',
    marks: [{ file: 'chassis_asset_tag', is: AZURE_TAG }],
    headers: [['Metadata', 'true']],
    document: '/metadata/instance/compute/userData?api-version=2021-01-01&format=text',
    encoding: 'base64',
    absent: [],
    // Both mean that the service does not know this machine yet.
    later: [404, 410],
    hostname: { text: '/metadata/instance/compute/name?api-version=2021-01-01&format=text' },
    instanceId: { firmware: 'product_uuid' },
    node: {
      pieces: {
        id: {
          fact: { text: '/metadata/instance/compute/resourceId?api-version=2021-01-01&format=text' },
          parts: ['azure-resource'],
        },
        region: {
          fact: { text: '/metadata/instance/compute/location?api-version=2021-01-01&format=text' },
          parts: ['lower-case'],
        },
        zone: { fact: { text: '/metadata/instance/compute/zone?api-version=2021-01-01&format=text' } },
        size: { fact: { text: '/metadata/instance/compute/vmSize?api-version=2021-01-01&format=text' } },
      },
      providerId: 'azure://{id}',
      zone: '{region}-{zone}',
      region: '{region}',
      instanceType: '{size}',
      source:
        'kubernetes-sigs/cloud-provider-azure v1.36.5 pkg/provider/azure_instances_v1.go pkg/provider/azure_zones.go',
      notes:
        'A machine outside of zones gets no zone here; the controller gives the number of its fault domain, such as `0`.',
    },
    reportReadyTo: 'http://168.63.129.16',
    moreSources: [
      {
        name: 'azure-custom-data',
        place: "customData on Azure's provisioning medium",
        ask: 'azure::custom_data',
      },
    ],
    userData: { bytes: 65_536, counts: 'base64', packed: 'binary' },
    notes:
      'The document is `userData`; without one it is `customData`, from the provisioning medium (the source `azure-custom-data`). 404 and 410 mean that the service is not ready. Azure hears that the machine is up.',
  },
  {
    name: 'openstack',
    title: 'OpenStack',
    marks: [
      { file: 'product_name', is: 'OpenStack Nova' },
      { file: 'product_name', is: 'OpenStack Compute' },
      { file: 'chassis_asset_tag', is: 'OpenStack Nova' },
      { file: 'chassis_asset_tag', is: 'OpenStack Compute' },
      { file: 'chassis_asset_tag', is: 'OpenTelekomCloud' },
      { file: 'chassis_asset_tag', is: 'SAP CCloud VM' },
      { file: 'chassis_asset_tag', is: 'HUAWEICLOUD' },
      { file: 'chassis_asset_tag', is: 'Samsung Cloud Platform' },
    ],
    document: '/openstack/latest/user_data',
    encoding: 'raw',
    absent: [404],
    hostname: { json: '/openstack/latest/meta_data.json', field: 'hostname' },
    instanceId: { json: '/openstack/latest/meta_data.json', field: 'uuid' },
    network: { path: '/openstack/latest/network_data.json', reader: 'NetworkData' },
    node: {
      pieces: {
        id: { fact: { json: '/openstack/latest/meta_data.json', field: 'uuid' } },
        zone: { fact: { json: '/openstack/latest/meta_data.json', field: 'availability_zone' } },
        type: { fact: { text: '/latest/meta-data/instance-type' } },
      },
      providerId: 'openstack:///{id}',
      zone: '{zone}',
      instanceType: '{type}',
      source: 'kubernetes/cloud-provider-openstack v1.36.0 pkg/openstack/instances.go',
      notes:
        'With `OS_CCM_REGIONAL=true` the controller writes `openstack://REGION/ID`, but takes an id without the region as well. The region is that of its own config.',
    },
    isOnTheLink: true,
    userData: { bytes: 65_535, counts: 'base64', packed: 'binary' },
    notes: 'Where DHCP gives no address, the service is asked on the link itself.',
  },
  {
    name: 'aws',
    title: 'AWS',
    marks: [
      { file: 'bios_vendor', is: 'Amazon EC2' },
      { file: 'sys_vendor', is: 'Amazon EC2' },
      { file: 'product_uuid', isXenUuid: true },
    ],
    token: {
      path: '/latest/api/token',
      header: ['X-aws-ec2-metadata-token-ttl-seconds', '300'],
      carriedBy: 'X-aws-ec2-metadata-token',
    },
    addresses: ['169.254.169.254', '[fd00:ec2::254]'],
    document: '/latest/user-data',
    encoding: 'raw',
    absent: [404],
    hostname: { text: '/latest/meta-data/local-hostname' },
    instanceId: { text: '/latest/meta-data/instance-id' },
    node: {
      pieces: {
        id: { fact: { text: '/latest/meta-data/instance-id' } },
        zone: { fact: { text: '/latest/meta-data/placement/availability-zone' } },
        region: { fact: { text: '/latest/meta-data/placement/region' } },
        type: { fact: { text: '/latest/meta-data/instance-type' } },
      },
      providerId: 'aws:///{zone}/{id}',
      zone: '{zone}',
      region: '{region}',
      instanceType: '{type}',
      source:
        'kubernetes/cloud-provider-aws v1.36.1 pkg/providers/v1/aws.go pkg/providers/v1/instances_v2.go',
    },
    userData: { bytes: 16_384, counts: 'itself', packed: 'binary' },
    notes:
      'IMDSv2 only: a token first, a new one once if it is refused. 403 on the token means that the service is turned off, and ends the boot. The address of IPv6 answers on Nitro instances whose IPv6 endpoint is turned on.',
  },
  {
    name: 'gcp',
    title: 'Google Cloud',
    marks: [
      { file: 'product_name', is: 'Google Compute Engine' },
      { file: 'product_serial', startsWith: 'GoogleCloud-' },
    ],
    headers: [['Metadata-Flavor', 'Google']],
    document: '/computeMetadata/v1/instance/attributes/user-data',
    encoding: { writtenAt: '/computeMetadata/v1/instance/attributes/user-data-encoding' },
    absent: [404],
    hostname: { text: '/computeMetadata/v1/instance/hostname' },
    instanceId: { text: '/computeMetadata/v1/instance/id' },
    node: {
      pieces: {
        project: { fact: { text: '/computeMetadata/v1/project/project-id' } },
        name: { fact: { text: '/computeMetadata/v1/instance/name' } },
        zone: { fact: { text: '/computeMetadata/v1/instance/zone' }, parts: [{ after: '/' }] },
        region: {
          fact: { text: '/computeMetadata/v1/instance/zone' },
          parts: [{ after: '/' }, { before: '-' }],
        },
        type: { fact: { text: '/computeMetadata/v1/instance/machine-type' }, parts: [{ after: '/' }] },
      },
      providerId: 'gce://{project}/{zone}/{name}',
      zone: '{zone}',
      region: '{region}',
      instanceType: '{type}',
      source:
        'kubernetes/cloud-provider-gcp v36.3.8 providers/gce/gce_instances.go providers/gce/gce_util.go',
    },
    userData: { bytes: 262_144, counts: 'itself', packed: 'base64' },
    notes:
      'The document is the attribute `user-data`; it is base64 if the attribute `user-data-encoding` says so.',
  },
  {
    name: 'digitalocean',
    title: 'DigitalOcean',
    marks: [{ file: 'sys_vendor', is: 'DigitalOcean' }],
    document: '/metadata/v1/user-data',
    encoding: 'raw',
    absent: [404],
    hostname: { json: '/metadata/v1.json', field: 'hostname' },
    instanceId: { json: '/metadata/v1.json', field: 'droplet_id' },
    network: { path: '/metadata/v1.json', reader: 'DigitalOcean' },
    node: {
      pieces: {
        id: { fact: { json: '/metadata/v1.json', field: 'droplet_id' } },
        region: { fact: { json: '/metadata/v1.json', field: 'region' } },
      },
      providerId: 'digitalocean://{id}',
      region: '{region}',
      source:
        'digitalocean/digitalocean-cloud-controller-manager v0.1.68 cloud-controller-manager/do/droplets.go',
    },
    userData: { bytes: 65_536, counts: 'itself', packed: 'base64' },
  },
  {
    name: 'hetzner',
    title: 'Hetzner',
    marks: [{ file: 'sys_vendor', is: 'Hetzner' }],
    document: '/hetzner/v1/userdata',
    encoding: 'raw',
    absent: [404],
    hostname: { text: '/hetzner/v1/metadata/hostname' },
    instanceId: { text: '/hetzner/v1/metadata/instance-id' },
    network: { path: '/hetzner/v1/metadata/network-config', reader: 'NetworkConfig' },
    node: {
      pieces: {
        id: { fact: { text: '/hetzner/v1/metadata/instance-id' } },
        zone: { fact: { text: '/hetzner/v1/metadata/availability-zone' } },
        // The service's own region is the network zone; a region of the controller is the location.
        region: { fact: { text: '/hetzner/v1/metadata/availability-zone' }, parts: [{ beforeFirst: '-' }] },
      },
      providerId: 'hcloud://{id}',
      zone: '{zone}',
      region: '{region}',
      source:
        'hetznercloud/hcloud-cloud-controller-manager v1.35.0 hcloud/instances.go internal/providerid/providerid.go internal/legacydatacenter/datacenter.go',
      notes:
        'The controller makes the zone of the location, with a table of the datacenters that Hetzner is giving up: `fsn1-dc14` for `fsn1`. Its next major version gives no zone.',
    },
    userData: { bytes: 32_768, counts: 'itself', packed: 'base64' },
  },
  {
    name: 'vultr',
    title: 'Vultr',
    marks: [{ file: 'sys_vendor', is: 'Vultr' }],
    document: '/latest/user-data',
    otherDocument: '/user-data/user-data',
    encoding: 'raw',
    absent: [404],
    hostname: { json: '/v1.json', field: 'hostname' },
    instanceId: { json: '/v1.json', field: 'instance-v2-id' },
    network: { path: '/v1.json', reader: 'Vultr' },
    node: {
      pieces: {
        id: { fact: { json: '/v1.json', field: 'instance-v2-id' } },
        region: { fact: { json: '/v1.json', field: 'region/regioncode' }, parts: ['lower-case'] },
      },
      providerId: 'vultr://{id}',
      region: '{region}',
      source: 'vultr/vultr-cloud-controller-manager v0.18.0 vultr/instancesv2.go',
    },
    userData: { bytes: 16_384, counts: 'itself', packed: 'base64' },
    notes:
      'Vultr documents no limit of user data: this one is the smallest of all platforms. On bare metal, where the firmware does not name Vultr, `keel.platform=vultr` does.',
  },
  {
    name: 'oracle',
    title: 'Oracle Cloud',
    marks: [{ file: 'chassis_asset_tag', is: 'OracleCloud.com' }],
    addresses: ['169.254.169.254', '[fd00:c1::a9fe:a9fe]'],
    headers: [['Authorization', 'Bearer Oracle']],
    document: '/opc/v2/instance/metadata/user_data',
    encoding: 'base64',
    absent: [404],
    hostname: { json: '/opc/v2/instance/', field: 'hostname' },
    instanceId: { json: '/opc/v2/instance/', field: 'id' },
    node: {
      pieces: {
        id: { fact: { json: '/opc/v2/instance/', field: 'id' } },
        zone: { fact: { json: '/opc/v2/instance/', field: 'availabilityDomain' }, parts: [{ after: ':' }] },
        region: { fact: { json: '/opc/v2/instance/', field: 'region' } },
        type: { fact: { json: '/opc/v2/instance/', field: 'shape' } },
      },
      providerId: 'oci://{id}',
      zone: '{zone}',
      region: '{region}',
      instanceType: '{type}',
      source:
        'oracle/oci-cloud-controller-manager v1.35.0 pkg/cloudprovider/providers/oci/instances.go pkg/cloudprovider/providers/oci/zones.go',
      notes:
        'The controller takes the OCID alone as well. The region of Phoenix is `phx`, that of Ashburn `iad`.',
    },
    userData: { bytes: 32_000, counts: 'base64', packed: 'binary' },
    notes:
      'Version 2 of the service only; version 1, which answers without the header, is not asked. SSH keys and other metadata of the instance count towards the limit.',
  },
  {
    name: 'akamai',
    title: 'Akamai (Linode)',
    marks: [
      { file: 'sys_vendor', is: 'Akamai' },
      { file: 'sys_vendor', is: 'Linode' },
    ],
    addresses: ['169.254.169.254', '[fd00:a9fe:a9fe::1]'],
    token: {
      path: '/v1/token',
      header: ['Metadata-Token-Expiry-Seconds', '300'],
      carriedBy: 'Metadata-Token',
    },
    // Without it the service says the same in lines of text; with it, it refuses to give the document.
    factHeaders: [['Accept', 'application/json']],
    document: '/v1/user-data',
    encoding: 'base64',
    absent: [404],
    hostname: { json: '/v1/instance', field: 'label' },
    instanceId: { json: '/v1/instance', field: 'id' },
    node: {
      pieces: {
        id: { fact: { json: '/v1/instance', field: 'id' } },
        region: { fact: { json: '/v1/instance', field: 'region' } },
        type: { fact: { json: '/v1/instance', field: 'type' } },
      },
      providerId: 'linode://{id}',
      region: '{region}',
      instanceType: '{type}',
      source: 'linode/linode-cloud-controller-manager v0.9.8 cloud/linode/services/instances.go',
    },
    isOnTheLink: true,
    userData: { bytes: 16_384, counts: 'itself', packed: 'binary' },
    notes: 'A token first, a new one once if it is refused. The host name is the label of the machine.',
  },
  {
    name: 'scaleway',
    title: 'Scaleway',
    marks: [{ file: 'sys_vendor', is: 'Scaleway' }],
    addresses: ['169.254.42.42', '[fd00:42::42]'],
    needsLowPort: true,
    document: '/user_data/cloud-init',
    encoding: 'raw',
    absent: [404],
    hostname: { json: '/conf?format=json', field: 'hostname' },
    instanceId: { json: '/conf?format=json', field: 'id' },
    node: {
      pieces: {
        id: { fact: { json: '/conf?format=json', field: 'id' } },
        zone: { fact: { json: '/conf?format=json', field: 'location/zone_id' }, parts: ['scaleway-zone'] },
        region: {
          fact: { json: '/conf?format=json', field: 'location/zone_id' },
          parts: ['scaleway-zone', { before: '-' }],
        },
        type: { fact: { json: '/conf?format=json', field: 'commercial_type' } },
      },
      providerId: 'scaleway://instance/{zone}/{id}',
      zone: '{zone}',
      region: '{region}',
      instanceType: '{type}',
      source: 'scaleway/scaleway-cloud-controller-manager v0.36.2 scaleway/instances.go scaleway/servers.go',
    },
    userData: { bytes: 16_384, counts: 'itself', packed: 'base64' },
    notes:
      'The document is the user data with the key `cloud-init`. Scaleway documents no limit of it: this one is the smallest of all platforms. Scaleway is not told that the machine is up, so its console goes on showing that it starts.',
  },
]

/** The words of `keel.platform=`, and what an event may say of the platform: `none` is an answer too. */
export const PLATFORM_NAMES: readonly string[] = [...PLATFORMS.map(({ name }) => name), 'none']

/** Every source of a machine config by its name in events, in the order in which keel-init asks them. */
export const SOURCE_NAMES: readonly string[] = [
  ...['cmdline-inline', 'cmdline-url', 'cmdline-device'],
  ...['fw-cfg', 'smbios', 'keel-disk', 'nocloud', 'config-drive'],
  ...PLATFORMS.flatMap(({ name, moreSources = [] }) => [name, ...moreSources.map(source => source.name)]),
  'state',
]
