/** network with nothing left out. */
import type { Interface } from '../../../schema/generated/node.ts'
import type { Placed } from '../filled.ts'
import type { Item } from '../item.ts'

export interface FullNetwork {
  readonly interfaces: readonly FullInterface[]
  readonly nameservers: readonly FullNameserver[]
  readonly routeTimeout: string | undefined
}

export interface FullInterface extends Omit<Placed<Interface>, 'all' | 'dhcp'> {
  /** Whether the key `all` is there, which can only be true. */
  readonly isAll: boolean
  /** Whether the key `dhcp` is there, which can only be true. */
  readonly isDhcp: boolean
}

export interface FullNameserver extends Item {
  readonly address: string
}
