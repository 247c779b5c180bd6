/** network.firewall → numbers of protocols, ranges of ports and networks: of presets nothing is left. */
import type { Firewall, Allowed as MachineAllowed } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import { lowerBy, type Rows } from '../../machine/rows.ts'
import { certain } from '../../rules/certain.ts'
import { PRESETS, PROTOCOLS, type PresetRow } from './firewall-presets.ts'
import { lowerPrefix } from './lower-prefix.ts'
import type { FullAllowed, FullFirewall } from './types.ts'

const FIREWALL: Rows<FullFirewall, Firewall> = {
  links: ({ at, links }, origins) => origins.listOf([...at, 'links'], links, ({ name }) => name),
  allow: ({ allow }, origins) => allow.flatMap(one => lowerAllowed(one, origins)),
}

export const lowerFirewall = (firewall: FullFirewall, origins: Origins): Firewall =>
  lowerBy(FIREWALL, firewall, origins)

function lowerAllowed(one: FullAllowed, origins: Origins): MachineAllowed[] {
  const { at, preset, protocol, ports } = one
  if (preset !== undefined) return PRESETS[preset].map(row => lowerRow(one, row, origins))
  const ranges = ports.map(({ range }) => certain(range, 'ports'))
  const row = { protocol: certain(protocol, 'protocol'), ...(ranges.length > 0 && { ranges }) }
  return [lowerRow({ ...one, at }, row, origins)]
}

function lowerRow({ at, hasFrom, from }: FullAllowed, row: PresetRow, origins: Origins): MachineAllowed {
  return origins.from(at, {
    protocol: PROTOCOLS[row.protocol],
    ...(row.ranges && { ports: row.ranges.map(([first, last]) => origins.from(at, { first, last })) }),
    ...(hasFrom && { from: from.map(({ at, text }) => lowerPrefix(text, at, origins)) }),
  })
}
