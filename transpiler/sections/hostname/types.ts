/** hostname with nothing left out. */
import type { Item } from '../item.ts'

export type FullHostname =
  | { readonly type: 'fixed'; readonly name: string }
  | { readonly type: 'discovered'; readonly from: readonly FullNameOrigin[] }

export interface FullNameOrigin extends Item {
  readonly from: 'metadata' | 'dhcp' | 'mac'
}
