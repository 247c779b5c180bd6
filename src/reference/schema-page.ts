/** A place of the node config, explained from its schema. */
import node from '../../schema/node/v1.json' with { type: 'json' }

interface Schema {
  readonly $ref?: string
  readonly title?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly const?: string
  readonly enum?: readonly string[]
  readonly markdownEnumDescriptions?: readonly string[]
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly patternErrorMessage?: string
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
}

const root = node as unknown as Schema
const definitions = node.definitions as unknown as Readonly<Record<string, Schema>>

function resolve(schema: Schema): Schema {
  return schema.$ref === undefined
    ? schema
    : { ...definitions[schema.$ref.slice('#/definitions/'.length)], ...schema }
}

/** Every reading of a schema: itself, or each of its choices. */
function choices(schema: Schema): Schema[] {
  const real = resolve(schema)
  return real.oneOf === undefined ? [real] : real.oneOf.flatMap(choices)
}

/** Keys below any reading of a schema; items of a list are looked through. */
function keysOf(schema: Schema): [string, Schema][] {
  return choices(schema).flatMap(one =>
    one.items === undefined ? Object.entries(one.properties ?? {}) : keysOf(one.items),
  )
}

/** The page of a dotted path, or the words that would be possible at the step that is not there. */
export function pageOf(
  path: string,
): { page: string; keys: string[] } | { unknown: string; known: string[] } {
  const steps = path
    .replace(/^\$?\.?/, '')
    .replaceAll(/\[\d*\]/g, '')
    .split('.')
    .filter(Boolean)
  let schema = root
  for (const step of steps) {
    const keys = keysOf(schema)
    const found = keys.find(([key]) => key === step)
    if (found === undefined) return { unknown: step, known: keys.map(([key]) => key) }
    schema = found[1]
  }
  const page = pageLines(steps.join('.') || 'node config', resolve(schema)).join('\n')
  return { page, keys: keysOf(schema).map(([key]) => key) }
}

function pageLines(name: string, schema: Schema): string[] {
  const inner = schema.items === undefined ? schema : resolve(schema.items)
  const required = choices(schema).flatMap(one => (one.items ? resolve(one.items) : one).required ?? [])
  const keys = keysOf(schema)
  const width = Math.max(0, ...keys.map(([key]) => key.length))
  return [
    `${name}: ${kindOf(schema)}`,
    `  ${schema.description ?? ''}`,
    ...(inner !== schema && inner.description ? [`  Each item: ${inner.description}`] : []),
    ...(schema.default === undefined ? [] : [`  default: ${JSON.stringify(schema.default)}`]),
    ...(schema.patternErrorMessage === undefined ? [] : [`  form: ${schema.patternErrorMessage}`]),
    ...(schema.examples === undefined ? [] : [`  for example: ${schema.examples.join(', ')}`]),
    ...choices(schema).flatMap(valuesOf),
    ...(keys.length === 0 ? [] : ['', '  keys:']),
    ...keys.map(
      ([key, one]) =>
        `    ${key.padEnd(width)}  ${required.includes(key) ? '(required) ' : ''}${inShort(one, required.includes(key))}`,
    ),
    '',
  ]
}

/** What a key is, the words that it can have, and what it is when it is left out. */
function inShort(schema: Schema, isRequired: boolean): string {
  const { description = '', default: usual } = resolve(schema)
  const words = choices(schema).flatMap(one => one.enum ?? (one.items && resolve(one.items).enum) ?? [])
  const isShown = usual !== undefined && usual !== '' && typeof usual !== 'object' && !isRequired
  return [
    description,
    ...(words.length < 2 ? [] : [`Words: ${words.join(', ')}.`]),
    ...(isShown ? [`Default: ${usual}.`] : []),
  ].join(' ')
}

function valuesOf({ enum: values, const: only, markdownEnumDescriptions: notes }: Schema): string[] {
  const all = values ?? (only === undefined ? [] : [only])
  return all.map((value, i) => `  ${value}${notes?.[i] === undefined ? '' : `: ${notes[i]}`}`)
}

function kindOf(schema: Schema): string {
  const names: Record<string, string> = {
    string: 'text',
    integer: 'whole number',
    object: 'map',
    array: 'list',
    boolean: 'true or false',
  }
  const kinds = choices(schema).flatMap(
    ({ type, const: only }) => type ?? (only === undefined ? [] : 'string'),
  )
  return [...new Set(kinds.map(kind => names[kind] ?? kind))].join(' or ') || 'one of a few words'
}
