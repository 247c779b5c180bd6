/** The problems of a node config, as codes and places. */
import { transpile } from '../../transpiler/index.ts'
import { pathText } from '../../transpiler/path.ts'

export const HEAD = 'apiVersion: keel/v1\nhostname: node-1\n'

const HASH = `sha256:${'0123456789abcdef'.repeat(4)}`

/** A worker that keeps its identity, with the rest of its `join` as given. */
export const worker = (join: string, network = '') => `${HEAD}${network}storage:
  disks: [{match: {serial: disk-1}, partitions: [{label: KEEL-STATE, size: 1GiB}, {label: KEEL-DATA, size: rest}]}]
kubernetes:
  role: worker
  join: ${join}
`

/** The same, joined by token. */
export const joining = (endpoint: string, network = '') =>
  worker(
    `{endpoint: ${JSON.stringify(endpoint)}, token: abcdef.0123456789abcdef, caCertHashes: ["${HASH}"]}`,
    network,
  )

/** `code $.path`, in the order of the text. */
export const problemsOf = (...texts: string[]) =>
  diagnosticsOf(...texts).map(({ code, path }) => (path.length === 0 ? code : `${code} ${pathText(path)}`))

/** All that is known of each problem. */
export const diagnosticsOf = (...texts: string[]) =>
  transpile(texts.map((text, i) => ({ name: `${i}.yaml`, text }))).diagnostics

/** `code line:column`. */
export const placesOf = (...texts: string[]) =>
  diagnosticsOf(...texts).map(({ code, location }) => `${code} ${location?.line}:${location?.col}`)
