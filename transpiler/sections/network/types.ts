/** network with nothing left out. */
import type { Interface } from '../../../schema/generated/node.ts'
import type { Item } from '../item.ts'

export interface FullNetwork {
  readonly interfaces: readonly FullInterface[]
  readonly nameservers: readonly FullNameserver[]
  readonly routeTimeout: string
}

export interface FullInterface extends Item, Readonly<Omit<Interface, 'all' | 'dhcp'>> {
  readonly isAll: boolean
  readonly isDhcp: boolean
}

export interface FullNameserver extends Item {
  readonly address: string
}
