/** What links are made of: members of bonds and bridges, and the links that VLANs are on. How they are nested is in nesting.ts. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { isGiven } from '../filled.ts'
import { hasEffect } from './check-made.ts'
import { checkFacts, checkKernelName } from './check-match.ts'
import { hasOnlyDriver, Selected, sharedFact } from './same-interface.ts'
import { type FullLink, type FullMember, nameOf } from './types.ts'
import { reportUnknownLink } from './vlan-links.ts'

export function checkMembers(links: readonly FullLink[], report: Report, isWhole: IsWhole): void {
  const named = new Map(links.map(link => [nameOf(link), link] as const))
  const members: Members = { all: [], byLink: new Map(), bySelector: new Selected() }
  for (const link of links) {
    const given = membersOf(link)
    if (given === undefined) continue
    if (given.length === 0 && isWhole([...link.at, link.kind, 'members']))
      report.add('network-members-none', [...link.at, link.kind, 'members'], { kind: link.kind })
    for (const member of given) checkMember(member, link, { named, members, links, isWhole }, report)
    if (isWhole([...link.at, link.kind, 'members'])) checkPrimary(link, report)
  }
  checkVlans(links, named, members.all, report, isWhole)
}

/** The members of a bond or a bridge; undefined: it is neither. */
export const membersOf = ({ bond, bridge }: FullLink): readonly FullMember[] | undefined =>
  (bond ?? bridge)?.members

/** A member with the links that it means, and its place among all members. */
interface Taken {
  readonly of: FullLink
  readonly member: FullMember
  readonly targets: readonly FullLink[]
  readonly place: number
}

/** Members so far. */
interface Members {
  readonly all: Taken[]
  /** The first of each link that is one interface. */
  readonly byLink: Map<FullLink, Taken>
  readonly bySelector: Selected<Taken>
}

interface Known {
  readonly named: ReadonlyMap<string | undefined, FullLink>
  readonly members: Members
  readonly links: readonly FullLink[]
  readonly isWhole: IsWhole
}

function checkMember(member: FullMember, of: FullLink, known: Known, report: Report): void {
  const { members, links, isWhole } = known
  const { at, name } = member
  checkFacts(member, 'member', report)
  if (name === 'lo') return
  const targets = links.filter(one => one !== of && isMeant(one, member))
  const isOfMachine = targets.length === 0 && isWhole(['network', 'links', '*', 'name'])
  if (name !== undefined && isOfMachine && name !== of.name) checkKernelName(name, [...at, 'name'], report)
  if (name !== undefined && name === of.name) return report.add('network-member-self', at, { name })
  const what = wordsOf(member)
  const first = taken({ of, member, targets, place: members.all.length }, members)
  if (first !== undefined) {
    const related = [{ path: first.member.at, message: 'first given here' }]
    return report.add('network-member-twice', at, { what, of: first.of.name ?? '' }, { related })
  }
  for (const link of targets) checkTarget(link, member, of, known, report)
}

/** The first member that is the same interface. */
function taken(one: Taken, { all, byLink, bySelector }: Members): Taken | undefined {
  const single = one.targets.filter(
    ({ name, match }) => name !== undefined || !(match && hasOnlyDriver(match)),
  )
  const same = [...single.flatMap(link => byLink.get(link) ?? []), ...bySelector.find(one.member)]
  all.push(one)
  for (const link of single) byLink.set(link, byLink.get(link) ?? one)
  bySelector.add(one.member, one)
  return same.toSorted((a, b) => a.place - b.place)[0]
}

/** What a link may not be that is a member. */
function checkTarget(
  link: FullLink,
  member: FullMember,
  of: FullLink,
  { named }: Known,
  report: Report,
): void {
  const { at } = member
  const target = named.get(link.name ?? '') ?? link
  if (target.kind === 'bridge' && of.kind === 'bridge')
    report.add('network-bridge-nested', at, { name: target.name ?? '' })
  if (target.kind === 'wireguard')
    return report.add('network-wireguard-ethernet', at, {
      name: target.name ?? '',
      of: of.name ?? '',
      kind: of.kind,
    })
  const keys = addressed(target)
  const related = [{ path: at, message: `a member of ${of.name ?? 'another link'} here` }]
  const args = { name: target.name ?? wordsOf(member), of: of.name ?? '', keys, hasMtu: isGiven(of, 'mtu') }
  if (keys.length > 0)
    report.add('network-member-addressed', [...target.at, keys[0] ?? ''], args, { aim: 'key', related })
  if (of.kind === 'bond' && isGiven(target, 'mtu'))
    report.add('network-bond-member-mtu', [...target.at, 'mtu'], args, { aim: 'key', related })
}

/** Whether a member is this very link, as far as the config can tell. */
export function isMeant({ name, match }: FullLink, member: FullMember): boolean {
  if (member.name !== undefined) return member.name === name || member.name === match?.name
  return match !== undefined && !match.isAll && sharedFact(match, member) !== undefined
}

/** A selector by its first fact, for people. */
export function wordsOf(member: FullMember): string {
  return factOf(member) ?? `driver: ${member.driver ?? ''}`
}

/** The one fact that only one interface of a machine has. */
function factOf({ name, mac, permanentMac, path }: FullMember): string | undefined {
  return name ?? (mac ?? permanentMac)?.toLowerCase() ?? path?.toLowerCase()
}

/** What a link says that has no effect on a member. */
function addressed(link: FullLink): string[] {
  return [
    ...(link.dhcp4 === true ? ['dhcp4'] : []),
    ...(link.dhcp4 === true && link.dhcp4Overrides !== undefined ? ['dhcp4Overrides'] : []),
    ...(link.dhcp6 === true ? ['dhcp6'] : []),
    ...(link.slaac === true ? ['slaac'] : []),
    ...(['addresses', 'routes', 'rules'] as const).filter(key => link[key].length > 0),
  ]
}

function checkPrimary({ bond }: FullLink, report: Report): void {
  const { primary } = bond ?? {}
  if (bond === undefined || primary === undefined || !hasEffect(bond, 'primary')) return
  const members = bond.members.flatMap(({ name }) => name ?? [])
  if (!members.includes(primary))
    report.add('network-bond-primary-unknown', [...bond.at, 'primary'], { name: primary, members })
}

function checkVlans(
  links: readonly FullLink[],
  named: Known['named'],
  members: readonly Taken[],
  report: Report,
  isWhole: IsWhole,
): void {
  const seen = new Map<string, FullLink>()
  for (const link of links) {
    const { vlan, name } = link
    if (vlan?.link === undefined) continue
    if (vlan.link === name) {
      report.add('network-vlan-self', [...vlan.at, 'link'], { name })
      continue
    }
    const on = vlan.link === 'lo' ? undefined : named.get(vlan.link)
    const here = [...vlan.at, 'link']
    if (on === undefined) {
      const others = links.filter(one => one !== link)
      const areNamesWhole = ['name', 'match'].every(key => isWhole(['network', 'links', '*', key]))
      if (areNamesWhole) reportUnknownLink(vlan, others, report)
      continue
    }
    if (on.kind === 'wireguard') {
      report.add('network-wireguard-ethernet', here, { name: vlan.link, of: name ?? '', kind: 'vlan' })
      continue
    }
    const member = members.find(({ of, targets }) => of.kind === 'bond' && targets.includes(on))
    if (member !== undefined)
      report.add('network-vlan-link-member', here, { link: vlan.link, of: member.of.name ?? '' })
    if (vlan.id === undefined) continue
    const key = `${vlan.link} ${vlan.id} ${vlan.protocol}`
    const first = seen.get(key)
    seen.set(key, first ?? link)
    if (first === undefined) continue
    const related = [{ path: first.at, message: 'the other is here' }]
    report.add('network-vlan-twice', [...vlan.at, 'id'], { id: vlan.id, link: vlan.link }, { related })
  }
}
