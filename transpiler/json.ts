/** JSON text that depends on the values alone, for Kubernetes' own objects inside the machine config. */

/** No white space; the keys of every map in code unit order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}

/** A patch laid over an object: RFC 7396. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

/** Two patches as one: null stays, because it still has something to remove. */
export function joinPatches(first: unknown, second: unknown): unknown {
  if (!isObject(first) || !isObject(second)) return second
  const joined: Record<string, unknown> = { ...first }
  for (const [key, value] of Object.entries(second))
    joined[key] = Object.hasOwn(first, key) ? joinPatches(first[key], value) : value
  return joined
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Kubernetes' own objects, which Keel does not take apart further than it must. */
export type JsonObject = { readonly [key: string]: unknown }
