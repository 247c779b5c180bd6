/** watchdog with nothing left out. */
import type { Watchdog } from '../../../schema/generated/node.ts'
import type { Placed } from '../filled.ts'

export interface FullWatchdog extends Placed<Watchdog> {
  /** Whether the timeout is written, and not the default. */
  readonly hasTimeout: boolean
}
