/** What a bond and a bridge say of themselves. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { checkDuration } from '../../rules/duration.ts'
import { millisecondsOf } from '../../rules/units.ts'
import { isGiven } from '../filled.ts'
import type { FullBond, FullBridge } from './types.ts'

type Mode = NonNullable<FullBond['mode']>

type Option = Exclude<keyof FullBond, 'at'>

/** Modes in which an option has an effect, as the kernel's driver reads it. */
const OPTIONS: { readonly [K in Option]?: readonly Mode[] } = {
  adSelect: ['802.3ad'],
  lacpRate: ['802.3ad'],
  minLinks: ['802.3ad'],
  learnPacketInterval: ['balance-tlb', 'balance-alb'],
  packetsPerMember: ['balance-rr'],
  primary: ['active-backup', 'balance-tlb', 'balance-alb'],
  primaryReselectPolicy: ['active-backup', 'balance-tlb', 'balance-alb'],
  failOverMACPolicy: ['active-backup'],
  gratuitousARP: ['active-backup'],
  resendIGMP: ['balance-rr', 'active-backup', 'balance-tlb', 'balance-alb'],
  arpAllTargets: ['active-backup'],
  transmitHashPolicy: ['balance-xor', '802.3ad', 'balance-tlb'],
}
const WITHOUT_ARP: readonly Mode[] = ['802.3ad', 'balance-tlb', 'balance-alb']
const ARP = ['arpInterval', 'arpIPTargets', 'arpValidate', 'arpAllTargets'] as const
const LONGEST = '2147483s'

export function checkBond(bond: FullBond, report: Report, isWhole: IsWhole): void {
  const { at, mode } = bond
  const asked = askedBy(bond)
  for (const [key, modes] of Object.entries(OPTIONS) as [Option, readonly Mode[]][]) {
    if (mode === undefined || !isGiven(bond, key) || hasEffect(bond, key) || asked.includes(key)) continue
    report.add('network-bond-option-mode', [...at, key], { key, mode, modes }, { aim: 'key' })
  }
  checkMonitor(bond, report, isWhole)
  if (!hasEffect(bond, 'learnPacketInterval')) return
  if (checkDuration(bond.learnPacketInterval, ['1s', LONGEST], [...at, 'learnPacketInterval'], report))
    checkSeconds(bond.learnPacketInterval, [...at, 'learnPacketInterval'], report)
}

/** Whether an option has an effect in the bond's mode. What else is wrong with one that has none does not matter. */
export const hasEffect = ({ mode }: FullBond, option: Option): boolean =>
  mode === undefined || OPTIONS[option]?.includes(mode) !== false

/** Carriers are looked at, or ARP targets are asked. */
function checkMonitor(bond: FullBond, report: Report, isWhole: IsWhole): void {
  const { at, miiMonitorInterval: mii } = bond
  const hasArp = isGiven(bond, 'arpInterval')
  for (const key of ['miiMonitorInterval', 'upDelay', 'downDelay'] as const)
    checkDuration(bond[key], ['1ms', LONGEST, '0s'], [...at, key], report)
  checkDuration(bond.arpInterval, ['1ms', LONGEST], [...at, 'arpInterval'], report)
  if (mii !== undefined && millisecondsOf(mii) === 0 && !hasArp)
    report.add('network-bond-no-monitor', [...at, 'miiMonitorInterval'], {})
  checkArp(bond, report, isWhole)
  for (const { at, address, ip } of bond.arpIPTargets)
    if (ip === undefined) report.add('network-ip-invalid', at, { text: address, what: 'an IPv4 address' })
  checkDelays(bond, report, isWhole)
}

/** What is given of that by which ARP targets are asked. In a mode that never asks them all of it is wrong for the same reason. */
function askedBy(bond: FullBond): Option[] {
  const isUsable = bond.mode === undefined || !WITHOUT_ARP.includes(bond.mode)
  const given = ARP.filter(key =>
    key === 'arpIPTargets' ? bond.arpIPTargets.length > 0 : isGiven(bond, key),
  )
  return given.filter(key => !isUsable || hasEffect(bond, key))
}

/** What is wrong with it is one problem. */
function checkArp(bond: FullBond, report: Report, isWhole: IsWhole): void {
  const { at, mode, miiMonitorInterval: mii } = bond
  const given = askedBy(bond)
  const [first] = given
  if (first === undefined) return
  const here = [...at, first]
  if (mode !== undefined && WITHOUT_ARP.includes(mode))
    return report.add('network-bond-arp-mode', here, { mode }, { aim: 'key' })
  if (first !== 'arpInterval')
    return report.add('network-bond-arp-incomplete', here, { given, lacks: 'arpInterval' }, { aim: 'key' })
  if (mii !== undefined && millisecondsOf(mii) > 0)
    return report.add('network-bond-two-monitors', here, {}, { aim: 'key' })
  const lacks = 'arpIPTargets'
  if (bond.arpIPTargets.length === 0 && isWhole([...at, lacks]))
    report.add('network-bond-arp-incomplete', here, { given: [first], lacks }, { aim: 'key' })
}

/** The kernel refuses a delay, even one of 0, where nobody looks at carriers. */
function checkDelays(bond: FullBond, report: Report, isWhole: IsWhole): void {
  if (!(['miiMonitorInterval', 'arpInterval'] as const).every(key => isWhole([...bond.at, key]))) return
  const interval = monitorOf(bond)
  for (const key of ['upDelay', 'downDelay'] as const) {
    const value = bond[key]
    const here = [...bond.at, key]
    if (value === undefined) continue
    if (interval === undefined || millisecondsOf(interval) === 0)
      report.add(
        'network-bond-delay-no-monitor',
        here,
        { key, hasArp: interval === undefined },
        { aim: 'key' },
      )
    else if (millisecondsOf(value) % millisecondsOf(interval) !== 0)
      report.add('network-bond-delay', here, { key, value, interval })
  }
}

/** What `miiMonitorInterval` is when nothing else looks at the members. */
export const MII = '100ms'

/** A bond whose members nobody looks at goes on sending over a dead one. */
export const monitorOf = (bond: FullBond): string | undefined =>
  bond.miiMonitorInterval ?? (bond.arpInterval === undefined ? MII : undefined)

export function checkBridge(bridge: FullBridge, report: Report): void {
  const { at, stp } = bridge
  checkDuration(bridge.ageingTime, ['1s', '1000000s', '0s'], [...at, 'ageingTime'], report)
  if (stp === false) {
    for (const key of ['priority', 'forwardDelay', 'helloTime', 'maxAge'] as const)
      if (isGiven(bridge, key)) report.add('network-bridge-stp-unused', [...at, key], { key }, { aim: 'key' })
    return
  }
  // With a spanning tree the kernel makes 2s of less.
  checkDuration(bridge.forwardDelay, ['2s', '30s'], [...at, 'forwardDelay'], report)
  checkDuration(bridge.helloTime, ['1s', '10s'], [...at, 'helloTime'], report)
  checkDuration(bridge.maxAge, ['6s', '40s'], [...at, 'maxAge'], report)
}

function checkSeconds(value: string, at: readonly (string | number)[], report: Report): void {
  if (millisecondsOf(value) % 1000 !== 0)
    report.add('network-bond-delay', [...at], { key: 'learnPacketInterval', value, interval: '1s' })
}
