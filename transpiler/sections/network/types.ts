/** network with nothing left out. */
import type { Item } from '../item.ts'

export interface FullNetwork {
  readonly interfaces: readonly FullInterface[]
  readonly nameservers: readonly FullNameserver[]
  readonly routeTimeout: string
}

export interface FullInterface extends Item {
  readonly name: string | undefined
  readonly mac: string | undefined
  readonly isAll: boolean
  /** With its prefix length. */
  readonly address: string | undefined
  readonly isDhcp: boolean
  readonly gateway: string | undefined
  readonly mtu: number | undefined
}

export interface FullNameserver extends Item {
  readonly address: string
}
