/** What a run of one target came to. */
export interface LongRow {
  name: string
  /** Minutes of random inputs; 0 for a target that does not count them. */
  minutes: number
  seconds: number
  passed: number
  failed: number
  /** Failures that docs/testing.md explains; absent: none. */
  known?: number
  /** The day, the commit and the machine. */
  where: string
}
export function withTable(page: string, rows: readonly LongRow[]): string
