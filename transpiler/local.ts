/** Local files of the node config. The caller reads them; here is which ones may be read and what is wrong with them. */
import type { Report } from './diag/report.ts'
import type { Path } from './path.ts'
import type { Positions } from './yaml/positions.ts'

/** Reads a file that a source names; the path is relative to that source's folder. Says why when it cannot. */
export type ReadLocal = (path: string, source: string) => Uint8Array | { readonly problem: string }

/** Most bytes of one file. */
const SIZE_LIMIT = 8 * 2 ** 20

export class Locals {
  readonly #readLocal: ReadLocal | undefined
  readonly #sourceOf: (at: Path) => string
  readonly #report: Report

  constructor(readLocal: ReadLocal | undefined, root: unknown, places: Positions, report: Report) {
    this.#readLocal = readLocal
    this.#sourceOf = at => places.spanOf(root, at, 'value')?.file ?? ''
    this.#report = report
  }

  /** The bytes of the file that the value at `at` names, or nothing after a problem was reported. */
  read(local: string, at: Path): Uint8Array | undefined {
    const path = simplified(local)
    if (path === undefined) return void this.#report.add('local-outside', at, { path: local })
    if (this.#readLocal === undefined) return void this.#report.add('local-unavailable', at, { path })
    const found = this.#readLocal(path, this.#sourceOf(at))
    if (!(found instanceof Uint8Array))
      return void this.#report.add('local-unreadable', at, { path, problem: found.problem })
    if (found.length > SIZE_LIMIT)
      return void this.#report.add('local-too-large', at, { path, bytes: found.length, limit: SIZE_LIMIT })
    return found
  }
}

/** Without `.` and `..`; nothing when it leads out of the folder. */
function simplified(path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\\') || path.includes('\0')) return undefined
  const steps: string[] = []
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue
    if (step !== '..') steps.push(step)
    else if (steps.pop() === undefined) return undefined
  }
  return steps.length === 0 ? undefined : steps.join('/')
}
