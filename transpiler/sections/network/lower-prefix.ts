import type { Prefix } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import type { Path } from '../../path.ts'
import { certain } from '../../rules/certain.ts'
import { ipText, prefixOf } from '../../rules/ip.ts'

/** The text of a network as its address and its length. */
export function lowerPrefix(text: string, at: Path, origins: Origins): Prefix {
  const { address, length } = certain(prefixOf(text), 'prefix')
  return origins.from(
    at,
    { address: ipText(address), prefixLength: length },
    { address: at, prefixLength: at },
  )
}
