/** keelctl explain: a code, a place of the node config, or a pointer that init reported. */
import event from '../../schema/event/v1.json' with { type: 'json' }
import { type Code, catalog, definitionOf } from '../../transpiler/diag/catalog.ts'
import { nearest } from '../../transpiler/index.ts'
import { Command } from '../cli/command-line.ts'
import type { Env } from '../cli/env.ts'
import { EnvironmentError, UsageError } from '../cli/errors.ts'
import { lookUp, type OriginMap } from '../config/origin-map.ts'
import { readBytes } from '../config/read-sources.ts'
import { pageOf } from '../reference/schema-page.ts'

const initErrors = new Map(event.definitions.ErrorCode.oneOf.map(one => [one.const, one]))

/** The page of a topic. A code is tried first, then a place of the node config. */
export function explain(topic: string): string {
  if (Object.hasOwn(catalog, topic)) return codePage(topic as Code)
  const initError = initErrors.get(topic)
  if (initError !== undefined)
    return `${topic}: an error of keel-init while a node boots\n  ${initError.description}\n  what to do: ${initError['x-remedy']}\n`
  const place = pageOf(topic)
  if ('page' in place) return place.page
  const codes = [...Object.keys(catalog), ...initErrors.keys()]
  const near = topic.includes('.')
    ? nearest(place.unknown, place.known)
    : nearest(topic, [...codes, ...place.known])
  throw new UsageError(
    `unknown topic ${topic}${near === undefined ? '; keelctl explain --list shows what there is' : `; did you mean ${near}?`}`,
  )
}

function codePage(code: Code): string {
  const { severity } = catalog[code]
  const example = exampleOf(code)
  return [
    `${code}: ${severity === 'error' ? 'an error' : 'a warning'} of keelctl`,
    ...(definitionOf(code).about ? [`  ${definitionOf(code).about}`] : []),
    ...example,
    '',
  ].join('\n')
}

/** The message as it looks with stand-ins for what it is about. */
function exampleOf(code: Code): string[] {
  const { message, hint } = catalog[code] as {
    message: (args: unknown) => string
    hint?: (args: unknown) => string | undefined
  }
  const placeholders = new Proxy({}, { get: (_, name) => placeholderOf(String(name)) })
  const help = hint?.(placeholders)
  return [`  message: ${message(placeholders)}`, ...(help === undefined ? [] : [`  hint: ${help}`])]
}

/** Arguments that are lists. */
const LISTS = [
  'allowed',
  'given',
  'keys',
  'kinds',
  'known',
  'links',
  'members',
  'modes',
  'networks',
  'roles',
  'subnets',
  'wanted',
  'writable',
]

/** Lists and texts alike: arguments are joined, compared or shown. */
function placeholderOf(name: string): unknown {
  return LISTS.includes(name) ? [`<${name}>`] : `<${name}>`
}

/** The line of the node config behind a pointer of the machine config. */
export function explainPointer(pointer: string, map: string, env: Env): string {
  const origin = lookUp(mapFrom(map, env), pointer)
  if (origin === undefined) throw new UsageError(`${pointer} is not a JSON pointer into this machine config`)
  return `${origin.file}:${origin.line}: ${origin.path === '$' ? 'the whole config' : origin.path}\n`
}

function mapFrom(file: string, env: Env): OriginMap {
  try {
    const map: OriginMap = JSON.parse(Buffer.from(readBytes(file, env)).toString('utf8'))
    if (map.format === 'keel/map/v1') return map
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new EnvironmentError(`${file} is not a map that keelctl transpile --map wrote`)
}

function listOfTopics(): string {
  return [
    'Codes of keelctl:',
    ...Object.keys(catalog),
    '',
    'Errors of keel-init:',
    ...initErrors.keys(),
    '',
    'Positions: any path of a node config, for example storage.disks.match',
    '',
  ].join('\n')
}

export const command = (env: Env): Command =>
  new Command()
    .argument('[topic]', 'a code, a dotted path, or with --map a JSON pointer')
    .option('--map <file>', 'map that keelctl transpile wrote: turns a pointer into a line of YAML')
    .option('--list', 'every code')
    .addHelpText('before', examples)
    .action((topic: string | undefined, { map, list }: { map?: string; list?: true }) => {
      if (list) env.stdout(listOfTopics())
      else if (map !== undefined) env.stdout(explainPointer(topic ?? '', map, env))
      else env.stdout(explain(topic ?? ''))
    })

const examples = `Examples:
  keelctl explain storage-mode
  keelctl explain disk-ambiguous
  keelctl explain storage.disks.match
  keelctl explain --map worker.map.json /storage/disks/0/selector
`
