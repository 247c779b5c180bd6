/** What an entry of `allow` lets through, as far as it is known, and whether it is all in what another lets through. */
import { covers, type Prefix } from '../../rules/ip.ts'
import { PRESETS, type PresetRow, type Protocol, type Range } from './firewall-presets.ts'
import type { FullAllowed } from './types.ts'

/** A protocol to ranges of ports, from networks; without networks from anybody. */
export interface Let extends PresetRow {
  readonly from: readonly Prefix[] | undefined
}

/** The rows of its preset, or of its own protocol; none where it is wrong. */
export function letBy({ preset, protocol, ports, hasFrom, from }: FullAllowed): Let[] {
  const known = from.flatMap(({ prefix }) => prefix ?? [])
  const networks = hasFrom ? known : undefined
  const ranges = ports.flatMap(({ range }) => (range === undefined ? [] : [range]))
  const rows: readonly PresetRow[] =
    preset === undefined ? (protocol === undefined ? [] : [ownRow(protocol, ranges)]) : PRESETS[preset]
  return rows.map(row => ({ ...row, from: networks }))
}

const ownRow = (protocol: Protocol, ranges: readonly Range[]): PresetRow =>
  ranges.length === 0 ? { protocol } : { protocol, ranges }

/** Whether everything that one lets through the other does too. */
export function isWithin(inner: readonly Let[], outer: readonly Let[]): boolean {
  return inner.length > 0 && inner.every(one => outer.some(other => isOneWithin(one, other)))
}

function isOneWithin(inner: Let, outer: Let): boolean {
  if (inner.protocol !== outer.protocol) return false
  const arePortsWithin = (inner.ranges ?? []).every(([first, last]) =>
    outer.ranges?.some(([lowest, highest]) => lowest <= first && last <= highest),
  )
  const { from } = outer
  return (
    arePortsWithin &&
    (from === undefined || inner.from?.every(network => from.some(all => covers(all, network))) === true)
  )
}

/** Whether it lets somebody reach a port by a protocol. */
export const opens = ({ protocol, ranges }: Let, by: 'tcp' | 'udp', port: number): boolean =>
  protocol === by && (ranges ?? []).some(([first, last]) => first <= port && port <= last)
