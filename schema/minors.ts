/**
 * The minors of the machine schema, one row each: what came with it, and what went. A machine config names the lowest minor that can say
 * it, so a config that uses nothing new keeps its bytes. keelctl reads this table, and `npm run gen` writes that of keel-init.
 *
 * Every change of what `schema/machine/v1.json` accepts is a new row. What a minor adds is optional, and without it everything means what
 * it meant before. Before 1.0 a minor may also remove; a renamed key is one that goes and one that comes.
 */

/** A place in machine configs that has something in it. */
export interface Place {
  /** Its keys with dots between them; `*` is any item of a list: `storage.filesystems.*.format`. */
  readonly path: string
  /** Only this text: a value of an enum, or the tag of one form of an object. Left out: whatever is there. */
  readonly value?: string
}

/** One minor. */
export interface Minor {
  /** What no earlier minor can say. */
  readonly adds: readonly Place[]
  /** What earlier minors could say and this one cannot: an earlier config that says it is too old. */
  readonly removes: readonly Place[]
  /** SHA-256 of all rules of the machine schema as of this minor; a test compares that of the last row. */
  readonly sha256: string
}

/** All minors; the position is the number. */
export const MINORS: readonly Minor[] = [
  { adds: [], removes: [], sha256: '1c20bd72ba05428d0f925cb5fc8bea759dc74b8c28055bfe0af72b93c94e9632' },
  {
    adds: [{ path: 'storage.filesystems.*.label' }],
    removes: [],
    sha256: 'c9aa319ba31deb30697b35ea34c11b254cdcf8223688f83e90f7bc96b37a50a2',
  },
  {
    adds: [{ path: 'kubernetes.proxy' }],
    removes: [],
    sha256: 'a0183bdfb6ff152d757d05f67f17d714f2f299a278175ad8b578f7b701849e43',
  },
  {
    adds: [{ path: 'kubernetes.nodeLabelsFrom' }, { path: 'kubernetes.version' }],
    removes: [],
    sha256: '885e5ae0e3b22b928fe6a9c9721c8f5dfed53db36bfdc843e6ec619ee94d2247',
  },
  {
    adds: [{ path: 'network.links' }, { path: 'network.searchDomains' }, { path: 'network.hosts' }],
    removes: [{ path: 'network.interfaces' }],
    sha256: 'b529bc718efb7f068838920ed30858e91478a40012284e8fbf3e3eb18c2aee72',
  },
  {
    adds: [
      { path: 'network.links.*.dhcp6' },
      { path: 'kubernetes.nodeAddress' },
      { path: 'kubernetes.cni.podCidrs' },
    ],
    removes: [{ path: 'kubernetes.cni.podCidr' }],
    sha256: 'af351b62927147f40dfcbb049261e45faa99522dc7c6691c919c92a479c420e5',
  },
  {
    adds: [{ path: 'network.links.*.dhcp4Overrides' }],
    removes: [],
    sha256: '06bc58918d4815f1bed1568036bf349070398c707c6aff73c52f281af4c91071',
  },
  {
    adds: [{ path: 'network.linksFrom' }],
    removes: [],
    sha256: '875f12a1751befff91285a69163242f8ff5a78ac703bc3053405015e0f0646a0',
  },
  {
    adds: [{ path: 'network.links.*.kind.type', value: 'wireguard' }],
    removes: [],
    sha256: 'c50a48943785819b0b75b9d7b1abcccc7e31d0deb6573986004a5f861baa6648',
  },
  {
    adds: [{ path: 'network.firewall' }, { path: 'network.metadataGuard' }],
    removes: [],
    sha256: 'a14d943b3ef0502939b5a9a427a19e6ff476397dc8b39711f5ae8440c2fdf1c8',
  },
  {
    adds: [{ path: 'health' }, { path: 'watchdog' }],
    removes: [],
    sha256: 'bcffd8c73fcab27493cacfe0d3226b59755af1c81b0246e4064f281085f568fd',
  },
]

/** How a machine config names a minor. */
export const versionOf = (minor: number): string => (minor === 0 ? 'keel/v1' : `keel/v1.${minor}`)

/** Every version that this keelctl and its keel-init know. */
export const VERSIONS: readonly string[] = MINORS.map((_, minor) => versionOf(minor))
