/** time with nothing left out. */
import type { Item } from '../item.ts'

export interface FullTime {
  readonly servers: readonly FullServer[]
  readonly timeout: string | undefined
}

export interface FullServer extends Item {
  readonly server: string
}
