/** kernel with nothing left out. */
import type { Item } from '../item.ts'

export interface FullKernel {
  readonly modules: readonly FullModule[]
  readonly sysctl: readonly FullSysctl[]
}

export interface FullModule extends Item {
  readonly name: string
}

export interface FullSysctl extends Item {
  readonly name: string
  readonly value: string
}
