/** Fragments -> one node config: maps deep, later scalars win, lists one after the other, null removes. */
import { nodeShape } from '../schema/generated/node-shape.ts'
import { shapesAt } from '../schema/shape.ts'
import { below, NODE_CONFIG, type Situation } from './kubernetes-objects.ts'
import { type Path, pointerOf } from './path.ts'
import type { Places } from './places.ts'
import type { Report } from './report.ts'
import type { ValueMap } from './value.ts'

/** One node config, and what of earlier fragments a later one removed by null, as JSON pointers. */
export interface Merged {
  readonly root: ValueMap
  readonly removed: ReadonlySet<string>
}

/** What is kept while two fragments are joined. */
interface Joining {
  readonly places: Places
  readonly removed: Set<string>
}

/** Joins in order; the `x-` keys of the root, which Keel does not read, are left behind. */
export function merge(fragments: readonly ValueMap[], places: Places, report: Report): Merged {
  const joining: Joining = { places, removed: new Set() }
  const root = fragments.reduce((first, second) => joinMaps(first, second, [], NODE_CONFIG, joining))
  for (const key of Object.keys(root)) if (key.startsWith('x-')) delete root[key]
  removeNulls(root, [], NODE_CONFIG, joining.removed, report)
  return { root, removed: joining.removed }
}

function joinMaps(
  first: ValueMap,
  second: ValueMap,
  at: Path,
  situation: Situation,
  joining: Joining,
): ValueMap {
  const joined: ValueMap = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const here = [...at, key]
    if (value === null && Object.hasOwn(first, key) && first[key] !== null)
      joining.removed.add(pointerOf(here))
    joined[key] = Object.hasOwn(first, key)
      ? join(first[key], value, here, below(situation, key), joining)
      : value
  }
  joining.places.join(joined, first, second, 0)
  return joined
}

/** Lists in objects of Kubernetes are replaced, as RFC 7396 says. */
function join(first: unknown, second: unknown, at: Path, situation: Situation, joining: Joining): unknown {
  if (isMap(first) && isMap(second)) return joinMaps(first, second, at, situation, joining)
  if (!Array.isArray(first) || !Array.isArray(second) || situation === 'kubernetes') return second
  const joined = [...first, ...second]
  joining.places.join(joined, first, second, first.length)
  return joined
}

/** A key without a value is left out; it is worth a word where no earlier fragment had a value that it removes. */
function removeNulls(
  value: unknown,
  at: Path,
  situation: Situation,
  removed: ReadonlySet<string>,
  report: Report,
): void {
  if (situation === 'kubernetes') return
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      removeNulls(item, [...at, i], below(situation, '*'), removed, report)
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      const here = [...at, key]
      if (item !== null) removeNulls(item, here, below(situation, key), removed, report)
      else {
        delete value[key]
        if (!removed.has(pointerOf(here))) reportNull(here, report)
      }
    }
  }
}

function reportNull(at: Path, report: Report): void {
  const isText = shapesAt(nodeShape(), at).some(({ type }) => type === 'string')
  report.add('schema-key-without-value', at, { key: String(at.at(-1)), isText }, { aim: 'key' })
}

function isMap(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
