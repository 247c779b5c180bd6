/** Lists of networks: those of pods, and those of the node's address. */
import type { Prefix as MachinePrefix } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import type { Path } from '../../path.ts'
import { itemsOf } from '../../recover/items.ts'
import { certain } from '../../rules/certain.ts'
import { firstOf, ipText, isSame, type Prefix, prefixOf } from '../../rules/ip.ts'
import type { FullPrefix } from './types.ts'

export function prefixesOf(list: readonly (string | undefined)[] | undefined, at: Path): FullPrefix[] {
  return itemsOf(list, at).map(({ item, at }) => ({ at, text: item, prefix: prefixOf(item) }))
}

/** Whether it is the address of a host in the network, and not that of the network. */
export const hasHostBits = (prefix: Prefix): boolean => !isSame(firstOf(prefix), prefix.address)

export function lowerPrefixes(prefixes: readonly FullPrefix[], origins: Origins): MachinePrefix[] {
  return prefixes.map(({ at, text, prefix }) => {
    const { address, length } = certain(prefix, text)
    const lowered = { address: ipText(address), prefixLength: length }
    return origins.from(at, lowered, { address: at, prefixLength: at })
  })
}
