/** What each section of a node config consists of. */
import type { MachineConfig } from '../../schema/generated/machine.ts'
import type { NodeConfig } from '../../schema/generated/node.ts'
import type { Report } from '../diag/report.ts'
import type { Locals } from '../local.ts'
import type { Origins } from '../machine/origins.ts'
import type { IsWhole } from '../recover/broken.ts'
import type { Recovered } from '../recover/recovered.ts'
import type { FullConfig } from './full-config.ts'

/** What the defaults need besides the config. */
export interface Reading {
  /** What of earlier fragments a later one removed by null, as JSON pointers. */
  readonly removed: ReadonlySet<string>
  /** Local files of the node config. */
  readonly locals: Locals
  readonly report: Report
}

/** A rule that the schema cannot say. It reports by itself. */
export type Check = (config: FullConfig, report: Report, isWhole: IsWhole) => void

export interface Section<K extends keyof FullConfig> {
  /** After this no key of the section is optional. A value that breaks the schema is absent. */
  readonly defaults: (config: Recovered<NodeConfig>, reading: Reading) => FullConfig[K]
  /** All of them run, in this order. */
  readonly checks: readonly Check[]
  /** The section of the machine config; nothing: it has none. Only runs when nothing is wrong. */
  readonly lower: (full: FullConfig[K], origins: Origins) => MachineConfig[K]
}
