/** Keys of Butane and Ignition, cloud-init, kubeadm, Talos and containerd: what says the same here, or why nothing does. */
import type { Path } from '../path.ts'
import { NETWORK_WORDS, type Row } from './link-words.ts'

/** Keys that mean the same, by the word of the other tool without dashes and underscores. The first that exists in the place counts. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  apiserverendpoint: ['endpoint', 'join'],
  auth: ['credentials'],
  controlplaneendpoint: ['endpoint', 'join'],
  device: ['match', 'partition'],
  discoverytokencacerthash: ['caCertHashes'],
  endpoint: ['mirrors'],
  endpoints: ['mirrors'],
  extraconfig: ['config'],
  fqdn: ['hostname'],
  group: ['gid'],
  kubeletextraargs: ['extraArgs', 'kubelet'],
  kubernetesversion: ['version'],
  localhostname: ['hostname'],
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

/** Keys that have another form here: a sentence, and the key of the place. By place and word. */
const FORMS: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  'kubernetes.cni.bridge': {
    podcidr: ['it is a list: write podCIDRs: [10.244.0.0/24]', 'podCIDRs'],
    podsubnet: ['write podCIDRs: [10.244.0.0/24]', 'podCIDRs'],
    subnet: ['write podCIDRs: [10.244.0.0/24]', 'podCIDRs'],
  },
}

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

/** What a key of another tool means in a place. */
export interface Meaning {
  /** A sentence without an end, if no key of the place is simply the same. */
  readonly why: string | undefined
  /** Keys of the place that it stands for; of those with | between them for one. */
  readonly keys: readonly string[]
}

export function meaningOf(key: string, at: Path, known: readonly string[]): Meaning | undefined {
  const word = wordOf(key)
  const keys = at.filter(step => typeof step === 'string')
  const place = keys.join('.')
  const row = NETWORK_WORDS[place]?.get(word) ?? entryOf(FORMS[place] ?? {}, word)
  if (row !== undefined) {
    const [why, ...keys] = typeof row === 'string' ? [undefined, row] : row
    return { why, keys }
  }
  const same = entryOf(SAME, word)?.find(candidate => known.includes(candidate))
  if (same !== undefined) return { why: undefined, keys: [same] }
  const [neighbour, why] = entryOf(NONE, word) ?? []
  return neighbour !== undefined && known.includes(neighbour) ? { why, keys: [] } : undefined
}

/** Where keys go that are not those of a place, whatever they are. */
export function whereElse(known: readonly string[]): string | undefined {
  return known.map(one => entryOf(ELSEWHERE, one)).find(Boolean)
}

const wordOf = (key: string): string => key.toLowerCase().replaceAll(/[-_]/g, '')

function entryOf<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined
}
