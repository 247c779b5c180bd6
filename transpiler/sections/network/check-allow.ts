/** network.firewall.allow: each entry by itself, and what entries say of each other. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { covers } from '../../rules/ip.ts'
import { isGiven } from '../filled.ts'
import { isWithin, letBy } from './allowed.ts'
import { checkNetworkText } from './check-network-text.ts'
import { WITH_PORTS } from './firewall-presets.ts'
import type { FullAddress, FullAllowed, FullPorts } from './types.ts'

export function checkAllow(allow: readonly FullAllowed[], report: Report, isWhole: IsWhole): void {
  for (const one of allow) {
    checkKind(one, report)
    checkPorts(one.ports, report)
    checkFrom(one.from, report)
  }
  const whole = allow.filter(one => isWhole(one.at) && isSound(one)).map(one => ({ one, lets: letBy(one) }))
  for (const [place, { one, lets }] of whole.entries()) {
    // Of two that say the same the second is one too many.
    const outer = whole.find(
      (other, at) =>
        at !== place && isWithin(lets, other.lets) && (at < place || !isWithin(other.lets, lets)),
    )
    if (outer === undefined) continue
    const related = [{ path: outer.one.at, message: 'allowed here' }]
    report.add('network-firewall-allow-covered', one.at, {}, { related })
  }
}

/** Whether all that it says is known. */
const isSound = ({ protocol, ports, from }: FullAllowed) =>
  ports.every(({ range }) => range !== undefined) &&
  from.every(({ prefix }) => prefix !== undefined) &&
  (protocol === undefined || WITH_PORTS.includes(protocol) === ports.length > 0)

function checkKind(one: FullAllowed, report: Report): void {
  const { at, preset, protocol, hasPorts } = one
  const given = (['preset', 'protocol'] as const).filter(key => isGiven(one, key))
  if (given.length === 0)
    return report.add('network-firewall-allow-kinds', at, { given }, { lacks: ['preset', 'protocol'] })
  if (given.length === 2)
    return report.add('network-firewall-allow-kinds', [...at, 'preset'], { given }, { aim: 'key' })
  if (preset !== undefined && hasPorts)
    report.add('network-firewall-ports-unused', [...at, 'ports'], { of: `preset: ${preset}` }, { aim: 'key' })
  if (protocol === undefined) return
  if (!WITH_PORTS.includes(protocol) && hasPorts)
    report.add(
      'network-firewall-ports-unused',
      [...at, 'ports'],
      { of: `protocol: ${protocol}` },
      { aim: 'key' },
    )
  if (WITH_PORTS.includes(protocol) && !hasPorts)
    report.add('network-firewall-ports-missing', at, { protocol }, { lacks: ['ports'] })
}

function checkPorts(ports: readonly FullPorts[], report: Report): void {
  for (const [place, { at, text, range, why }] of ports.entries()) {
    if (range === undefined) {
      report.add('network-firewall-ports-invalid', at, { text, why: why ?? '' })
      continue
    }
    const before = ports.slice(0, place)
    const other = before.find(one => one.range && one.range[0] <= range[1] && range[0] <= one.range[1])
    if (other === undefined) continue
    const related = [{ path: other.at, message: 'the other is here' }]
    report.add('network-firewall-ports-overlap', at, { text, other: other.text }, { related })
  }
}

function checkFrom(from: readonly FullAddress[], report: Report): void {
  for (const [place, address] of from.entries()) {
    const { at, text, prefix } = address
    if (!checkNetworkText(address, report) || prefix === undefined) continue
    const isOuter = (one: FullAddress, at: number) =>
      one.prefix !== undefined &&
      at !== place &&
      covers(one.prefix, prefix) &&
      (at < place || !covers(prefix, one.prefix))
    const outer = from.find(isOuter)
    if (outer === undefined) continue
    const related = [{ path: outer.at, message: 'the larger one is here' }]
    report.add('network-firewall-from-covered', at, { network: text, by: outer.text }, { related })
  }
}
