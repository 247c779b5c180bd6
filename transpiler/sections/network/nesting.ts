/** How links are made of each other: their order, cycles, and how deep they are nested. */
import type { Report } from '../../diag/report.ts'
import { isMeant, membersOf, wordsOf } from './check-members.ts'
import { type FullLink, type FullMember, nameOf } from './types.ts'
import { isBelow } from './vlan-links.ts'

type Related = ReadonlyMap<FullLink, readonly FullLink[]>

/** What links are made of, as far as the config describes it. */
export interface Nesting {
  readonly links: readonly FullLink[]
  /** The other links that each member means. */
  readonly targets: ReadonlyMap<FullMember, readonly FullLink[]>
  /** The links that each link is made of. */
  readonly parts: Related
  /** The bonds and bridges that each link is a member of. */
  readonly owners: Related
}

/** The kernel's MAX_NEST_DEV. An interface of the machine is the first level. */
const MOST_LEVELS = 8

export function nestingOf(links: readonly FullLink[]): Nesting {
  const targets = new Map<FullMember, readonly FullLink[]>()
  for (const link of links)
    for (const member of membersOf(link) ?? [])
      targets.set(
        member,
        links.filter(one => one !== link && isMeant(one, member)),
      )
  const partsOf = (link: FullLink) => [
    ...links.filter(one => link.vlan !== undefined && isBelow(one, link.vlan)),
    ...(membersOf(link) ?? []).flatMap(member => targets.get(member) ?? []),
  ]
  const parts = new Map(
    links.map(link => [link, [...new Set(partsOf(link))].filter(one => one !== link)] as const),
  )
  const owners = new Map<FullLink, FullLink[]>()
  for (const owner of links.filter(link => membersOf(link) !== undefined))
    for (const part of parts.get(owner) ?? []) owners.set(part, [...(owners.get(part) ?? []), owner])
  return { links, targets, parts, owners }
}

export function checkNesting(nesting: Nesting, report: Report): void {
  for (const cycle of cyclesOf(nesting))
    report.add('network-link-cycle', [...(cycle[0]?.at ?? []), 'name'], {
      links: cycle.map(({ name }) => name ?? ''),
      kinds: cycle.map(({ kind }) => kind),
    })
  const ordered = inOrder(nesting)
  checkLevels(ordered, nesting, report)
  checkBonds(ordered, nesting, report)
}

/**
 * Links in an order in which each comes after its parts; those in a cycle, and what is made of one, have none. A link that joins a
 * bond or a bridge goes down for that, and gets the MTU of the bond: a VLAN on it comes after that, where it can.
 */
export function inOrder({ links, parts, owners }: Nesting): FullLink[] {
  const waits = new Map<FullLink, readonly FullLink[]>()
  for (const link of links)
    if (link.vlan !== undefined)
      waits.set(
        link,
        (parts.get(link) ?? []).flatMap(on => owners.get(on) ?? []),
      )
  const done = new Set<FullLink>()
  const areDone = (some: readonly FullLink[] = []) => some.every(one => done.has(one))
  for (;;) {
    const ready = links.filter(link => !done.has(link) && areDone(parts.get(link)))
    const next = ready.find(link => areDone(waits.get(link))) ?? ready[0]
    if (next === undefined) return [...done]
    done.add(next)
  }
}

/** Each begins and ends with the same link. */
function cyclesOf({ links, parts }: Nesting): FullLink[][] {
  const cycles: FullLink[][] = []
  const seen = new Set<FullLink>()
  const way: FullLink[] = []
  const visit = (link: FullLink) => {
    if (way.includes(link)) cycles.push([...way.slice(way.indexOf(link)), link])
    if (seen.has(link)) return
    seen.add(link)
    way.push(link)
    for (const part of parts.get(link) ?? []) visit(part)
    way.pop()
  }
  for (const link of links) visit(link)
  return cycles
}

function checkLevels(ordered: readonly FullLink[], { parts }: Nesting, report: Report): void {
  const chains = new Map<FullLink, readonly string[]>()
  for (const link of ordered) {
    // A member that no entry describes is an interface of the machine.
    const below = [
      ...(membersOf(link) ?? []).map(member => [wordsOf(member)]),
      ...(parts.get(link) ?? []).map(part => chains.get(part) ?? []),
    ]
    const longest = below.reduce((best, one) => (one.length >= best.length ? one : best), [])
    const chain = [nameOf(link) ?? (link.match ? wordsOf(link.match) : ''), ...longest]
    chains.set(link, chain)
    // What is made of this one is too deep as well.
    if (chain.length === MOST_LEVELS + 1)
      report.add('network-link-depth', [...link.at, 'name'], { links: chain, most: MOST_LEVELS })
  }
}

/** In a bond there is no other bond, nor a VLAN or a bridge that is made of one. */
function checkBonds(ordered: readonly FullLink[], { targets, parts }: Nesting, report: Report): void {
  const bonds = new Map<FullLink, FullLink | undefined>()
  for (const link of ordered) {
    const below = (parts.get(link) ?? []).map(part => bonds.get(part)).find(Boolean)
    bonds.set(link, link.kind === 'bond' ? link : below)
    for (const member of link.bond?.members ?? [])
      for (const target of targets.get(member) ?? []) {
        const inner = bonds.get(target)
        if (inner === undefined) continue
        report.add('network-bond-nested', member.at, { name: target.name ?? '', bond: inner.name ?? '' })
      }
  }
}
