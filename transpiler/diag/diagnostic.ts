/** One problem, as plain data. */
import type { Path } from '../path.ts'

export type Severity = 'error' | 'warning'

/** A place in a source, ready to be shown. Lines and columns count from 1; offsets are UTF-16 units from 0. */
export interface Location {
  readonly file: string
  readonly line: number
  readonly col: number
  readonly endLine: number
  readonly endCol: number
  readonly start: number
  readonly end: number
}

/** Another place that belongs to the problem. */
export interface Related {
  readonly message: string
  readonly path: Path
  readonly location?: Location
}

export interface Diagnostic {
  readonly code: string
  readonly severity: Severity
  /** What is wrong, in one sentence. */
  readonly message: string
  /** What to do, in one sentence. */
  readonly hint?: string
  /** Place in the node config. */
  readonly path: Path
  /** Place in its source; missing only when there is no source at all. */
  readonly location?: Location
  readonly related?: readonly Related[]
}
