/** What Terraform and OpenTofu ask: a JSON object of texts on standard input. */
import { nearest, type Source } from '../../transpiler/index.ts'
import type { Env } from '../cli/env.ts'
import { UsageError } from '../cli/errors.ts'
import { readBytes } from '../config/read-sources.ts'
import { LIMITS, NEEDS_SEED } from './user-data-limits.ts'

/** One machine config that is wanted. */
export interface RequestedConfig {
  /** Its key in the batch; nothing when one alone is asked for. */
  readonly name?: string
  readonly sources: readonly Source[]
}

export interface Query {
  readonly wanted: readonly RequestedConfig[]
  /** Where `local` files are, for every source. Absent: in the folder of the source, or in the working folder. */
  readonly filesDir?: string
  readonly isStrict: boolean
  readonly platform?: string
}

const KEYS = ['content', 'path', 'files_dir', 'snippets', 'vars', 'strict', 'platform', 'pretty', 'batch']
const NODE_KEYS = ['content', 'path', 'snippets', 'vars']

export function readQuery(env: Env): Query {
  const query = parseQuery(env)
  for (const [key, value] of Object.entries(query))
    if (typeof value !== 'string') throw new UsageError(`the value of ${key} must be a string`)
  const given = query as Readonly<Record<string, string>>
  refuseUnknown(Object.keys(given), KEYS, 'the query')
  // A machine config has one form only, which people can read: there is nothing to choose.
  booleanOf('pretty', given)
  return {
    wanted: requestedConfigs(given, env),
    isStrict: booleanOf('strict', given),
    ...(given['files_dir'] === undefined ? {} : { filesDir: given['files_dir'] }),
    ...(given['platform'] === undefined ? {} : { platform: platformOf(given['platform']) }),
  }
}

const USAGE = `keelctl external is called by Terraform or OpenTofu, with a query as a JSON object on standard input; by hand: echo '{"path":"worker.keel.yaml"}' | keelctl external`

/** No message quotes the query: it may hold secrets. */
function parseQuery(env: Env): Readonly<Record<string, unknown>> {
  if (env.isTerminal.stdin) throw new UsageError(USAGE)
  const bytes = env.stdin()
  if (bytes.length === 0) throw new UsageError(`standard input is empty; ${USAGE}`)
  return parseObject(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes), 'standard input')
}

function parseObject(text: () => string, name: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text, name)
  if (!isObject(value)) throw new UsageError(`${name} is not a JSON object`)
  return value
}

function parseJson(text: () => string, name: string): unknown {
  try {
    return JSON.parse(text())
  } catch {
    throw new UsageError(`${name} is not JSON`)
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function requestedConfigs(query: Readonly<Record<string, string>>, env: Env): RequestedConfig[] {
  const { batch, snippets, ...single } = query
  const shared = snippetsOf(snippets, 'snippets')
  if (batch === undefined) return [{ sources: [...sourcesOf(single, 'the query', env), ...shared] }]
  if (single['content'] !== undefined || single['path'] !== undefined)
    throw new UsageError('batch goes with neither content nor path: each node of it has its own')
  refuseVars(single)
  return Object.entries(parseObject(() => batch, 'batch')).map(([name, node]) => {
    const own = nodeOf(name, node)
    const snippets = snippetsOf(own['snippets'], `snippets of ${name}`, shared.length)
    return { name, sources: [...sourcesOf(own, name, env), ...shared, ...snippets] }
  })
}

/** A node of a batch is the text of its node config, or an object with the keys that differ between nodes. */
function nodeOf(name: string, node: unknown): Readonly<Record<string, unknown>> {
  if (typeof node === 'string') return { content: node }
  if (!isObject(node)) throw new UsageError(`${name} of batch must be a string or an object`)
  // jsonencode() of Terraform writes an unset optional attribute as null.
  const own = Object.fromEntries(Object.entries(node).filter(([, value]) => value !== null))
  refuseUnknown(Object.keys(own), NODE_KEYS, `${name} of batch`)
  return own
}

function sourcesOf(from: Readonly<Record<string, unknown>>, name: string, env: Env): Source[] {
  refuseVars(from)
  const { content, path } = from
  if ((content === undefined) === (path === undefined))
    throw new UsageError(`${name} needs either content or path`)
  if (typeof (content ?? path) !== 'string')
    throw new UsageError(`content or path of ${name} must be a string`)
  return content === undefined
    ? [{ name: String(path), text: readBytes(String(path), env) }]
    : [{ name: '<content>', text: String(content) }]
}

/** As JSON text or, inside a batch, as a list. `before` others were named already. */
function snippetsOf(given: unknown, name: string, before = 0): Source[] {
  if (given === undefined) return []
  const list = typeof given === 'string' ? parseJson(() => given, name) : given
  if (!Array.isArray(list) || list.some(one => typeof one !== 'string'))
    throw new UsageError(`${name} must be a JSON list of strings`)
  return list.map((text: string, i) => ({ name: `<snippet ${before + i + 1}>`, text }))
}

function refuseVars(from: Readonly<Record<string, unknown>>): void {
  if (from['vars'] !== undefined)
    throw new UsageError(
      'vars is not supported by this keelctl: node configs have no variables yet; give what differs as snippets',
    )
}

function refuseUnknown(given: readonly string[], known: readonly string[], where: string): void {
  const unknown = given.find(key => !known.includes(key))
  if (unknown === undefined) return
  const near = nearest(unknown, known)
  const hint = near === undefined ? `there are ${known.join(', ')}` : `did you mean ${near}?`
  throw new UsageError(`${where} has the unknown key ${JSON.stringify(unknown)}; ${hint}`)
}

function booleanOf(key: string, { [key]: value }: Readonly<Record<string, string>>): boolean {
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw new UsageError(`${key} must be true or false`)
}

function platformOf(name: string): string {
  if (Object.hasOwn(LIMITS, name)) return name
  if (NEEDS_SEED.includes(name))
    throw new UsageError(
      `keel-init does not read the user data of ${name}: attach a seed (keelctl seed) and use the platform nocloud`,
    )
  const near = nearest(name, Object.keys(LIMITS))
  const hint = near === undefined ? `there are ${Object.keys(LIMITS).join(', ')}` : `did you mean ${near}?`
  throw new UsageError(`there is no platform ${JSON.stringify(name)}; ${hint}`)
}
