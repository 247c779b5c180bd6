/** A value of Kubernetes' own against what one minor takes: at any depth, each problem by itself. */
import type { ValueShape } from '../../../../schema/shape.ts'
import { isObject } from '../../../json.ts'
import type { Path } from '../../../path.ts'
import { otherMinors, typesOf } from '../known.ts'
import { meant, scalarProblem, wordHint } from './scalars.ts'
import { expectedOf, foundOf, isOfType, typeHint } from './types.ts'

/** One problem. `at` is inside the object; `of` is the name of a type of Kubernetes. */
export type ValueProblem = { readonly at: Path; readonly hint?: string | undefined } & (
  | { readonly kind: 'unknown'; readonly of: string }
  | { readonly kind: 'missing'; readonly of: string; readonly key: string }
  | { readonly kind: 'type'; readonly wanted: string; readonly found: string }
  | { readonly kind: 'value'; readonly value: string; readonly why: string }
  /** A key of a map in which not every key is possible. */
  | { readonly kind: 'key'; readonly key: string }
  /** `write`: what an empty value would be, as a phrase. In a map of any keys Kubernetes takes null for it. */
  | { readonly kind: 'null'; readonly write: string; readonly isEntry: boolean }
)

/** What is kept on the way down. */
interface Walk {
  readonly minor: string
  readonly types: Readonly<Record<string, ValueShape>>
  readonly found: ValueProblem[]
}

/** A map that the value is in: a field may belong there. */
interface Outer {
  readonly name: string
  readonly shape: ValueShape
}

const REF = '#/definitions/'

/** All problems of a value that should be of a type of a minor of Kubernetes, such as `Pod`. */
export function problemsOf(value: unknown, type: string, minor: string): ValueProblem[] {
  const walk: Walk = { minor, types: typesOf(minor), found: [] }
  check(value, { $ref: REF + type }, [], [], walk)
  return walk.found
}

function check(value: unknown, given: ValueShape, at: Path, outer: readonly Outer[], walk: Walk): void {
  const name = given.$ref?.slice(REF.length)
  const shape = followed(given, walk)
  const types = [shape.type ?? []].flat()
  if (types.length > 0 && !types.some(type => isOfType(value, type))) {
    const hint = typeHint(value, shape, types)
    walk.found.push({ kind: 'type', at, wanted: expectedOf(shape, types), found: foundOf(value), hint })
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      if (shape.items) check(item, shape.items, [...at, i], outer, walk)
  } else if (isObject(value)) {
    if (shape.properties) checkFields(value, { name: name ?? 'this map', shape }, at, outer, walk)
    else checkEntries(value, shape, at, outer, walk)
  } else {
    const problem = scalarProblem(value, shape)
    if (problem) walk.found.push({ kind: 'value', at, value: String(value), ...problem })
  }
}

function followed(given: ValueShape, walk: Walk): ValueShape {
  return given.$ref === undefined ? given : (walk.types[given.$ref.slice(REF.length)] ?? {})
}

type JsonMap = Readonly<Record<string, unknown>>

/** A map whose keys are known. */
function checkFields(map: JsonMap, own: Outer, at: Path, outer: readonly Outer[], walk: Walk): void {
  const { properties = {}, required = [] } = own.shape
  for (const [key, value] of Object.entries(map)) {
    const here = [...at, key]
    const field = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (!field)
      walk.found.push({ kind: 'unknown', at: here, of: own.name, hint: fieldHint(key, own, outer, walk) })
    else if (value !== null) check(value, field, here, [...outer, own], walk)
    else if (!required.includes(key)) walk.found.push(nullAt(here, field, false, walk))
  }
  for (const key of required)
    if (map[key] === undefined || map[key] === null)
      walk.found.push({ kind: 'missing', at, of: own.name, key })
}

/** A map with keys of the user's choice, or at least of more than one. */
function checkEntries(map: JsonMap, shape: ValueShape, at: Path, outer: readonly Outer[], walk: Walk): void {
  const { propertyNames: names, additionalProperties: values } = shape
  for (const [key, value] of Object.entries(map)) {
    const hint = names && nameHint(key, names)
    const here = [...at, key]
    if (hint !== undefined) walk.found.push({ kind: 'key', at: here, key, hint })
    else if (value === null) walk.found.push(nullAt(here, values ?? {}, true, walk))
    else check(value, values ?? {}, here, outer, walk)
  }
}

function nullAt(at: Path, shape: ValueShape, isEntry: boolean, walk: Walk): ValueProblem {
  return { kind: 'null', at, write: emptyOf(followed(shape, walk)), isEntry }
}

/** What to write for an unknown key. Resources of others than Kubernetes have a slash in their names. */
function nameHint(key: string, { enum: words, examples = [], format }: ValueShape): string | undefined {
  if (words) return words.includes(key) ? undefined : wordHint(key, words)
  if (format !== 'resource-name' || examples.includes(key) || /\/|^hugepages-/.test(key)) return undefined
  return meant(key, examples) ?? `${wordHint(key, examples)}, or a name with a slash`
}

/** Where a key belongs that is not a field here: in another minor, further out, further in, or it is misspelled. */
function fieldHint(key: string, own: Outer, outer: readonly Outer[], walk: Walk): string | undefined {
  const others = otherMinors(walk.minor, minor =>
    Object.hasOwn(typesOf(minor)[own.name]?.properties ?? {}, key),
  )
  if (others !== undefined) return others
  const fields = Object.entries(own.shape.properties ?? {})
  const known = fields.map(([name]) => name)
  const has = ({ properties = {} }: ValueShape) => Object.hasOwn(properties, key)
  const owner = outer.findLast(({ shape }) => has(shape))
  if (owner) return `it is a field of the ${owner.name} around it: indent it less`
  const nearest = meant(key, known)
  if (nearest !== undefined) return nearest
  const inner = fields.find(([, field]) => has(followed(field.items ?? field, walk)))
  if (inner) return `it is a field of \`${inner[0]}\``
  return known.length > 12 ? undefined : `the fields are ${known.map(one => `\`${one}\``).join(', ')}`
}

/** How an empty value is written that is one. */
function emptyOf({ type, format, enum: words }: ValueShape): string {
  if (type === 'object') return '{} for an empty map'
  if (type === 'array') return '[] for an empty list'
  return type === 'string' && format === undefined && words === undefined
    ? '"" for an empty string'
    : 'a value'
}

/** A value as a message shows it: its first line, and not all of a long one. */
export function shownValue(value: string): string {
  const [line = ''] = value.split('\n')
  return line.length > 60 || line !== value ? `${line.slice(0, 60)}…` : line
}
