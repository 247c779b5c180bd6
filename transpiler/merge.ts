/** Fragments -> one node config: maps deep, later scalars win, lists one after the other, null removes. */
import type { Places } from './places.ts'
import type { ValueMap } from './value.ts'

/** Below these places null and lists belong to Kubernetes: a kubelet patch is joined as RFC 7396 says. */
const FREE: readonly string[] = ['/kubernetes/kubelet/config', '/kubernetes/staticPods/pod']

/** Joins in order; the `x-` keys of the root, which Keel does not read, are left behind. */
export function merge(fragments: readonly ValueMap[], places: Places): ValueMap {
  const joined = fragments.reduce((first, second) => joinMaps(first, second, '', places))
  removeNulls(joined, '')
  for (const key of Object.keys(joined)) if (key.startsWith('x-')) delete joined[key]
  return joined
}

function joinMaps(first: ValueMap, second: ValueMap, at: string, places: Places): ValueMap {
  const joined: ValueMap = { ...first }
  for (const [key, value] of Object.entries(second)) {
    joined[key] = Object.hasOwn(first, key) ? join(first[key], value, `${at}/${key}`, places) : value
  }
  places.join(joined, first, second, 0)
  return joined
}

function join(first: unknown, second: unknown, at: string, places: Places): unknown {
  if (isMap(first) && isMap(second)) return joinMaps(first, second, at, places)
  if (!Array.isArray(first) || !Array.isArray(second) || isFree(at)) return second
  const joined = [...first, ...second]
  places.join(joined, first, second, first.length)
  return joined
}

/** A key without a value says nothing. Items of lists keep their place in `at` without an index. */
function removeNulls(value: unknown, at: string): void {
  if (isFree(at)) return
  if (Array.isArray(value)) for (const item of value) removeNulls(item, at)
  else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (item === null) delete value[key]
      else removeNulls(item, `${at}/${key}`)
    }
  }
}

function isFree(at: string): boolean {
  return FREE.some(place => at === place || at.startsWith(`${place}/`))
}

function isMap(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
