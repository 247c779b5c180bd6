/** time with nothing left out. */
import type { Item } from '../item.ts'

export interface FullTime {
  readonly servers: readonly FullServer[]
  readonly timeout: string
}

export interface FullServer extends Item {
  readonly server: string
}
