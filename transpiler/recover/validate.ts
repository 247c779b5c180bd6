/** The node schema by ajv; its complaints become diagnostics, at most one for each place. */
import type { NodeConfig } from '../../schema/generated/node.ts'
import { nodeShape } from '../../schema/generated/node-shape.ts'
import { validate as ajvValidate } from '../../schema/generated/validate-node.ts'
import { followed, type Shape, shapesAt } from '../../schema/shape.ts'
import type { Report } from '../diag/report.ts'
import { type Path, pathOf, pointerOf, valueAt } from '../path.ts'
import { nearest } from '../rules/nearest.ts'
import type { ValueMap } from '../yaml/value.ts'
import { BrokenPlaces } from './broken.ts'
import { kindOf, wantedOf } from './kinds.ts'
import { otherForm } from './link-forms.ts'
import { meantAs } from './meant.ts'
import { type Recovered, withoutBroken } from './recovered.ts'
import { keysAt, type UnknownKey, unknownKey } from './unknown-key.ts'
import { ALL_READABLE, type Unreadable } from './unreadable.ts'

/** One problem as ajv reports it. */
interface AjvError {
  readonly instancePath: string
  readonly keyword: string
  readonly propertyName?: string
  readonly params: Readonly<Record<string, unknown>>
}

/** A node config without what breaks the schema. */
export interface Validated {
  readonly config: Recovered<NodeConfig>
  readonly broken: BrokenPlaces
}

/**
 * Reports what breaks the schema and takes it out, so that the rules can check the rest. What is unreadable is not
 * reported again. A key without a value is an error where it is required, and else worth a warning. A required key that a
 * later file removed is an error of that file.
 */
export function validate(
  config: ValueMap,
  report: Report,
  unreadable: Unreadable = ALL_READABLE,
  withoutValue: readonly Path[] = [],
  removed: ReadonlySet<string> = new Set(),
): Validated {
  const empty = new Map(withoutValue.map(path => [pointerOf(path), path]))
  const validated = validateKeys(config, report, unreadable, empty, removed)
  for (const path of empty.values()) reportEmpty(path, report)
  return validated
}

/** Takes out of `empty` and reports the keys that say what the map around them is: left out, they would make another thing of it. */
function takeKinds(empty: Map<string, Path>, report: Report): Path[] {
  if (empty.size === 0) return []
  const shape = nodeShape()
  return [...empty].flatMap(([pointer, path]) => {
    const example = shapesAt(shape, path)
      .map(one => one['x-kind'])
      .find(Boolean)
    if (example === undefined) return []
    empty.delete(pointer)
    report.add('schema-kind-without-value', path, { key: String(path.at(-1)), example }, { aim: 'key' })
    return [path]
  })
}

function reportEmpty(at: Path, report: Report): void {
  const isText = shapesAt(nodeShape(), at).some(
    one => one.type === 'string' && one.patternErrorMessage === undefined && one.enum === undefined,
  )
  report.add('schema-key-without-value', at, { key: String(at.at(-1)), isText }, { aim: 'key' })
}

/** Takes out of `empty` what it reports as an error. */
function validateKeys(
  config: ValueMap,
  report: Report,
  unreadable: Unreadable,
  empty: Map<string, Path>,
  removed: ReadonlySet<string>,
): Validated {
  const validator = ajvValidate as { (data: unknown): boolean; errors?: AjvError[] | null }
  const broken = new BrokenPlaces()
  const kinds = takeKinds(empty, report)
  const { values, maps, doubled } = unreadable
  const wrong = [...values, ...doubled, ...kinds]
  for (const path of [...wrong, ...maps.filter(({ length }) => length > 0)]) broken.add(path)
  if (validator(config) && broken.areNone) return { config: config as Recovered<NodeConfig>, broken }
  const shape = nodeShape()
  const seen = new Set<string>()
  const taken: Path[] = wrong
  const ofReadable = withoutChoices(validator.errors ?? [], config).filter(error => !isIn(unreadable, error))
  // A key that seems to be missing may be the one that could not be read: it is not reported.
  const [lost, errors] = parted(ofReadable, error => mayBeLost(unreadable, error))
  for (const error of lost) {
    const at = placeOf(error, pathOf(error.instancePath))
    broken.add(at)
    taken.push(at)
  }
  const unknown = unknownKeys(errors, config, shape)
  const meant = new Set([...unknown.values()].flatMap(({ places }) => places.map(pointerOf)))
  for (const error of errors) {
    const path = pathOf(error.instancePath)
    const place = `${error.instancePath}#${keyOf(error) ?? ''}`
    if (seen.has(place)) continue
    seen.add(place)
    if (isEmpty(error, empty)) reportMissing(placeOf(error, path), error, 'empty', report)
    else if (isRemoved(error, path, removed)) reportMissing(placeOf(error, path), error, 'removed', report)
    else if (isEmptied(error, path, empty)) reportEmptied(path, empty, report)
    else if (!isEcho(error, path, meant)) explain(error, path, config, shape, unknown, report)
    for (const at of unknown.get(error)?.places ?? [placeOf(error, path)]) {
      // What is there was not meant by another key.
      if (unknown.has(error) && valueAt(config, at) !== undefined) continue
      broken.add(at)
      taken.push(at)
    }
  }
  return { config: withoutBroken(config, taken), broken }
}

/** Whether it is about a value that could not be read. */
function isIn({ values }: Unreadable, { instancePath }: AjvError): boolean {
  return values.some(path => pointerOf(path) === instancePath)
}

/** Whether it is about a key that may be one that could not be read. */
function mayBeLost({ maps, doubled }: Unreadable, { instancePath, keyword }: AjvError): boolean {
  const isLack = keyword === 'required' || keyword === 'minProperties'
  return isLack && [...maps, ...doubled].some(path => pointerOf(path) === instancePath)
}

/** Those that a rule holds for, and the others. */
function parted<T>(items: readonly T[], holds: (item: T) => boolean): [T[], T[]] {
  return [items.filter(holds), items.filter(item => !holds(item))]
}

/** The key that is unknown, missing or of another form. */
function keyOf({ params, propertyName }: AjvError): unknown {
  return params['additionalProperty'] ?? propertyName ?? params['missingProperty']
}

function placeOf(error: AjvError, path: Path): Path {
  const key = keyOf(error)
  return key === undefined ? path : [...path, String(key)]
}

/** Of a choice (text or map) only the branch counts that has the kind of value which was written. */
function withoutChoices(errors: readonly AjvError[], config: ValueMap): AjvError[] {
  const choices = new Set(
    errors.filter(({ keyword }) => keyword === 'oneOf').map(({ instancePath }) => instancePath),
  )
  return errors.filter(({ keyword, instancePath, params }) => {
    if (!choices.has(instancePath)) return true
    const kind = kindOf(valueAt(config, pathOf(instancePath)))
    if (keyword === 'oneOf') return kind !== 'a string' && kind !== 'a map'
    return keyword !== 'type' && !(keyword === 'enum' && kind !== 'a string') && params['type'] === undefined
  })
}

/** What each unknown key is meant as. */
function unknownKeys(errors: readonly AjvError[], config: ValueMap, shape: Shape): Map<AjvError, UnknownKey> {
  const unknown = errors.filter(({ keyword }) => keyword === 'additionalProperties')
  return new Map(
    unknown.map(error => {
      const key = String(error.params['additionalProperty'])
      return [error, unknownKey(key, pathOf(error.instancePath), config, shape)]
    }),
  )
}

/** A key that is wrong or in the wrong place is one problem: the one that it is meant as is not missing as well. */
function isEcho(error: AjvError, path: Path, meant: ReadonlySet<string>): boolean {
  return error.keyword === 'required' && meant.has(pointerOf(placeOf(error, path)))
}

/** Whether the key that is missing is there without a value. */
function isEmpty(error: AjvError, empty: Map<string, Path>): boolean {
  if (error.keyword !== 'required') return false
  return empty.delete(pointerOf([...pathOf(error.instancePath), String(error.params['missingProperty'])]))
}

/** Whether the key that is missing is one of those that a later file removed. */
function isRemoved(error: AjvError, path: Path, removed: ReadonlySet<string>): boolean {
  return error.keyword === 'required' && removed.has(pointerOf(placeOf(error, path)))
}

/** Whether a map has too few keys because those that are there have no value. */
function isEmptied({ keyword }: AjvError, path: Path, empty: Map<string, Path>): boolean {
  return keyword === 'minProperties' && keysIn(path, empty).length > 0
}

function keysIn(map: Path, empty: Map<string, Path>): [string, Path][] {
  return [...empty].filter(([, path]) => pointerOf(path.slice(0, -1)) === pointerOf(map))
}

/** Takes out of `empty` what it reports. */
function reportEmptied(map: Path, empty: Map<string, Path>, report: Report): void {
  for (const [pointer, path] of keysIn(map, empty)) {
    empty.delete(pointer)
    report.add('schema-missing-key', path, { key: String(path.at(-1)), as: 'empty' }, { aim: 'key' })
  }
}

function reportMissing(
  at: Path,
  { params }: AjvError,
  as: 'empty' | 'removed' | undefined,
  report: Report,
): void {
  report.add('schema-missing-key', at, { key: String(params['missingProperty']), as }, { aim: 'key' })
}

function explain(
  error: AjvError,
  path: Path,
  config: ValueMap,
  shape: Shape,
  unknown: ReadonlyMap<AjvError, UnknownKey>,
  report: Report,
): void {
  const value = valueAt(config, path)
  const shapes = shapesAt(shape, path)
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params['additionalProperty'])
      const { nearest, why, known } = unknown.get(error) ?? unknownKey(key, path, config, shape)
      return report.add('schema-unknown-key', [...path, key], { key, nearest, why, known }, { aim: 'key' })
    }
    case 'required':
      return reportMissing(path, error, undefined, report)
    case 'type':
    case 'oneOf':
      return report.add('schema-type', path, {
        wanted: wantedOf(shapes, error.params['type']),
        found: kindOf(value),
        words: shapes.find(one => one.patternErrorMessage)?.patternErrorMessage,
        isForQuotes: isExact(value) && isPossible(config, path, String(value)),
        keys: keysAt(shape, path),
        isDashed: typeof value === 'string' && value.startsWith('-'),
        ...meantAs(value, shapes),
        form: otherForm(path, value),
      })
    case 'enum':
    case 'const': {
      const allowed = allowedOf(error, shapes)
      return report.add('schema-value', path, {
        value: shown(value),
        allowed,
        nearest: nearest(String(value), allowed),
        form: otherForm(path, value),
      })
    }
    case 'pattern': {
      const isName = error.propertyName !== undefined
      const words = shapes
        .map(one => (isName ? followed(one.propertyNames, shape) : one)?.patternErrorMessage)
        .find(Boolean)
      const at = error.propertyName === undefined ? path : [...path, error.propertyName]
      return report.add(
        'schema-form',
        at,
        { words: words ?? 'it has another form' },
        isName ? { aim: 'key' } : {},
      )
    }
    case 'propertyNames':
      return
    default:
      return report.add('schema-limit', path, {
        keyword: error.keyword,
        limit: Number(error.params['limit']),
      })
  }
}

/** A number or a truth value that is as text what it is in the file. */
function isExact(value: unknown): boolean {
  return Number.isSafeInteger(value) || typeof value === 'boolean'
}

/** Whether the schema takes another value at a place. */
function isPossible(config: ValueMap, path: Path, value: string): boolean {
  const copy = structuredClone(config)
  const parent = valueAt(copy, path.slice(0, -1))
  const last = path.at(-1)
  if (last === undefined || typeof parent !== 'object' || parent === null) return false
  ;(parent as Record<string | number, unknown>)[last] = value
  const validator = ajvValidate as { (data: unknown): boolean; errors?: AjvError[] | null }
  return validator(copy) || !validator.errors?.some(({ instancePath }) => instancePath === pointerOf(path))
}

/** Words that are possible; where a map is possible too, how it begins. */
function allowedOf({ params }: AjvError, shapes: readonly Shape[]): string[] {
  const words = (params['allowedValues'] ?? [params['allowedValue']]) as unknown[]
  const maps = shapes.flatMap(({ properties }) =>
    properties ? `{${Object.keys(properties).join(', ')}: …}` : [],
  )
  return [...words.map(String), ...maps]
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
