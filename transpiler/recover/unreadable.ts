/** Values and keys that could not be read. Each is reported already, so no other problem of it may be reported. */
import type { Path } from '../path.ts'
import { UNREADABLE, type ValueMap } from '../yaml/value.ts'

/** Where a config has them. */
export interface Unreadable {
  /** Values; each is null now. */
  readonly values: readonly Path[]
  /** Maps that lost a key: what seems to be missing in them may be that key. */
  readonly maps: readonly Path[]
}

/** Takes them out of a config. Only worth its time where something was reported while the sources were read. */
export function takeUnreadable(root: ValueMap): Unreadable {
  const values: Path[] = []
  const maps: Path[] = []
  const visit = (node: unknown, path: Path) => {
    if (typeof node !== 'object' || node === null) return
    const isList = Array.isArray(node)
    if (!isList && UNREADABLE in node) maps.push(path)
    for (const [key, value] of Object.entries(node)) {
      const at = [...path, isList ? Number(key) : key]
      if (value !== UNREADABLE) {
        visit(value, at)
        continue
      }
      values.push(at)
      ;(node as ValueMap)[key] = null
    }
  }
  visit(root, [])
  return { values, maps }
}

export const ALL_READABLE: Unreadable = { values: [], maps: [] }
