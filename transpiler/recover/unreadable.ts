/** Values and keys that could not be read, or that are there twice. Each is reported already, so no other problem of it may be reported. */
import type { Path } from '../path.ts'
import { DOUBLED, UNREADABLE, type ValueMap } from '../yaml/value.ts'

/** Where a config has them. */
export interface Unreadable {
  /** Values; each is null now. */
  readonly values: readonly Path[]
  /** Maps that lost a key: what seems to be missing in them may be that key. */
  readonly maps: readonly Path[]
  /** Values of keys that a map has twice. What is in them is validated, and no rule is checked: it may be the other one that is meant. */
  readonly doubled: readonly Path[]
}

/** Takes them out of a config. Only worth its time where something was reported while the sources were read. */
export function takeUnreadable(root: ValueMap): Unreadable {
  const values: Path[] = []
  const maps: Path[] = []
  const doubled: Path[] = []
  const visit = (node: unknown, path: Path) => {
    if (typeof node !== 'object' || node === null) return
    const isList = Array.isArray(node)
    if (!isList && UNREADABLE in node) maps.push(path)
    if (!isList) for (const key of (node as ValueMap)[DOUBLED] ?? []) doubled.push([...path, key])
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
  return { values, maps, doubled }
}

export const ALL_READABLE: Unreadable = { values: [], maps: [], doubled: [] }
