/** The maps in a list of a pod. */
import { isObject, type JsonObject } from '../../json.ts'
import type { Path } from '../../path.ts'

/** Each with its place below the map that has the list; other items are reported elsewhere. */
export function itemsIn(map: JsonObject, key: string): { readonly item: JsonObject; readonly at: Path }[] {
  const list = map[key]
  if (!Array.isArray(list)) return []
  return list.flatMap((item, i) => (isObject(item) ? [{ item, at: [key, i] }] : []))
}
