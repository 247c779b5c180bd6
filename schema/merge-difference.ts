/** A JSON merge patch (RFC 7396) between two objects, so that several nearly equal ones take the place of one. Neither has a null. */

type Json = { readonly [key: string]: unknown }

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What makes `to` of `from`. */
export function mergeDifference(from: object, to: object): Json {
  return mapDifference(from as Json, to as Json)
}

function mapDifference(from: Json, to: Json): Json {
  const removed = Object.keys(from).filter(key => !Object.hasOwn(to, key))
  const changed = Object.entries(to).flatMap(([key, value]) => {
    const before = Object.hasOwn(from, key) ? from[key] : undefined
    if (JSON.stringify(before) === JSON.stringify(value)) return []
    return [[key, isMap(before) && isMap(value) ? mapDifference(before, value) : value]]
  })
  return Object.fromEntries([...changed, ...removed.map(key => [key, null])])
}
