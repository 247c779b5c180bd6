/** Fragments -> one node config: maps deep, later scalars win, lists one after the other, null removes. */
import { type Path, pointerOf } from '../path.ts'
import { below, type Context, NODE_CONFIG } from './object-places.ts'
import type { Positions } from './positions.ts'
import { DOUBLED, UNREADABLE, type ValueMap } from './value.ts'

export interface Merged {
  /** One node config. */
  readonly root: ValueMap
  /** What of earlier fragments a later one removed by null, as JSON pointers. */
  readonly removed: ReadonlySet<string>
  /** Keys without a value that removed nothing. */
  readonly withoutValue: readonly Path[]
}

/** What is kept while two fragments are joined. */
interface Joining {
  readonly places: Positions
  readonly removed: Set<string>
}

/** Joins in order; the `x-` keys of the root, which Keel does not read, are left behind. */
export function merge(fragments: readonly ValueMap[], places: Positions): Merged {
  const joining: Joining = { places, removed: new Set() }
  const root = fragments.reduce((first, second) => joinMaps(first, second, [], NODE_CONFIG, joining))
  for (const key of Object.keys(root)) if (key.startsWith('x-')) delete root[key]
  const withoutValue: Path[] = []
  removeNulls(root, [], NODE_CONFIG, path => {
    if (!joining.removed.has(pointerOf(path))) withoutValue.push(path)
  })
  return { root, removed: joining.removed, withoutValue }
}

function joinMaps(first: ValueMap, second: ValueMap, at: Path, context: Context, joining: Joining): ValueMap {
  const joined: ValueMap = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const here = [...at, key]
    if (value === null && Object.hasOwn(first, key) && first[key] !== null)
      joining.removed.add(pointerOf(here))
    joined[key] = Object.hasOwn(first, key)
      ? join(first[key], value, here, below(context, key), joining)
      : value
  }
  if (UNREADABLE in second) joined[UNREADABLE] = true
  if (DOUBLED in second) joined[DOUBLED] = [...(first[DOUBLED] ?? []), ...(second[DOUBLED] ?? [])]
  joining.places.join(joined, first, second, 0)
  return joined
}

/** Lists in objects of Kubernetes are replaced, as RFC 7396 says. */
function join(first: unknown, second: unknown, at: Path, context: Context, joining: Joining): unknown {
  if (isMap(first) && isMap(second)) return joinMaps(first, second, at, context, joining)
  if (!Array.isArray(first) || !Array.isArray(second) || context === 'object') return second
  const joined = [...first, ...second]
  joining.places.join(joined, first, second, first.length)
  return joined
}

/** Leaves out every key without a value. */
function removeNulls(value: unknown, at: Path, context: Context, leftOut: (path: Path) => void): void {
  if (context === 'object') return
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) removeNulls(item, [...at, i], below(context, '*'), leftOut)
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      const here = [...at, key]
      if (item !== null) removeNulls(item, here, below(context, key), leftOut)
      else {
        delete value[key]
        leftOut(here)
      }
    }
  }
}

function isMap(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
