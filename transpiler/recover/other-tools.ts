/** Keys of Butane and Ignition, cloud-init, netplan, kubeadm, Talos and containerd: what says the same here, or why nothing does. */

/** Keys that mean the same, by the word of the other tool without dashes and underscores. The first that exists in the place counts. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  apiserverendpoint: ['endpoint', 'join'],
  auth: ['credentials'],
  controlplaneendpoint: ['endpoint', 'join'],
  device: ['match', 'partition'],
  dhcp4: ['dhcp'],
  discoverytokencacerthash: ['caCertHashes'],
  endpoint: ['mirrors'],
  endpoints: ['mirrors'],
  ethernets: ['interfaces'],
  extraconfig: ['config'],
  fqdn: ['hostname'],
  gateway4: ['gateway'],
  group: ['gid'],
  kubeletextraargs: ['extraArgs', 'kubelet'],
  kubernetesversion: ['version'],
  localhostname: ['hostname'],
  macaddress: ['mac'],
  mountpoint: ['mountPath'],
  ntp: ['time'],
  owner: ['uid'],
  permissions: ['mode'],
  pods: ['staticPods'],
  sandboximage: ['pauseImage'],
  server: ['url', 'endpoint'],
  sizemib: ['size'],
  tlsbootstraptoken: ['token'],
  typeguid: ['type'],
  user: ['username', 'uid'],
  wipetable: ['wipe'],
}

const VERIFIED = 'the certificate of a server is always verified: give the certificate of its CA in `ca`'
const NO_SHELL =
  'a node has no shell, no users and no package manager: what is to run there is a pod, in `kubernetes.staticPods`'
const NO_UNITS = 'a node has no systemd: what is to run there is a pod, in `kubernetes.staticPods`'
const IN_STORAGE = 'files are in `storage.files`'

/** What nothing here says, and why: the first word is a key of the place. */
const NONE: Readonly<Record<string, readonly [string, string]>> = {
  bootcmd: ['apiVersion', NO_SHELL],
  insecureskipverify: ['ca', VERIFIED],
  overridepath: ['ca', 'it follows from the URL: one with /v2 in its path is used as it is written'],
  packages: ['apiVersion', NO_SHELL],
  passwd: ['apiVersion', NO_SHELL],
  runcmd: ['apiVersion', NO_SHELL],
  skipverify: ['ca', VERIFIED],
  sshauthorizedkeys: ['apiVersion', NO_SHELL],
  systemd: ['apiVersion', NO_UNITS],
  units: ['apiVersion', NO_UNITS],
  users: ['apiVersion', NO_SHELL],
  writefiles: ['apiVersion', IN_STORAGE],
}

/** What goes elsewhere, whatever the key is: by a key of the place. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  fromPlatform: 'labels of your own are in `kubernetes.labels`',
}

/** The key that says here what this one says elsewhere, among those that are possible in the place. */
export function sameKey(key: string, known: readonly string[]): string | undefined {
  return entryOf(SAME, key)?.find(candidate => known.includes(candidate))
}

/** Why no key here says what this one says elsewhere, as a sentence without an end. */
export function whyNone(key: string, known: readonly string[]): string | undefined {
  const [place, why] = entryOf(NONE, key) ?? []
  if (place !== undefined && known.includes(place)) return why
  return known.map(one => (Object.hasOwn(ELSEWHERE, one) ? ELSEWHERE[one] : undefined)).find(Boolean)
}

function entryOf<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  const word = key.toLowerCase().replaceAll(/[-_]/g, '')
  return Object.hasOwn(table, word) ? table[word] : undefined
}
