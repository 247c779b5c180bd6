/** The node config with nothing left out: what the sections' defaults make, and what checks and lowering read. */
import type { FullHealth } from './health/types.ts'
import type { FullHostname } from './hostname/types.ts'
import type { FullKernel } from './kernel/types.ts'
import type { FullKubernetes } from './kubernetes/types.ts'
import type { FullNetwork } from './network/types.ts'
import type { FullOnFailure } from './on-failure/types.ts'
import type { FullStorage } from './storage/types.ts'
import type { FullTime } from './time/types.ts'
import type { FullWatchdog } from './watchdog/types.ts'

/** Each section under its key of the node config. */
export interface FullConfig {
  readonly hostname: FullHostname
  readonly kernel: FullKernel
  readonly network: FullNetwork
  readonly time: FullTime
  readonly storage: FullStorage
  readonly kubernetes: FullKubernetes
  /** Absent: the node is good when it is steady. */
  readonly health: FullHealth | undefined
  /** Absent: none. */
  readonly watchdog: FullWatchdog | undefined
  readonly onFailure: FullOnFailure
}
