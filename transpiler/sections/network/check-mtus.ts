/** MTUs of links that are made of others: no VLAN and no bridge has one above that of what is below it. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import { isGiven } from '../filled.ts'
import { wordsOf } from './check-members.ts'
import { inOrder, type Nesting } from './nesting.ts'
import { type FullLink, type FullMember, nameOf } from './types.ts'

/** What the kernel gives a link that it makes, and most drivers a card. */
const USUAL = 1500

interface Limit {
  readonly bytes: number
  /** The link that has it, for people. */
  readonly name: string
  /** Where it comes from: what a driver gives, only the machine can tell. */
  readonly by: 'config' | 'kernel' | 'driver'
  readonly isDescribed: boolean
}

export function checkMtus(nesting: Nesting, report: Report): void {
  // In a cycle no link is below another.
  if (inOrder(nesting).length < nesting.links.length) return
  const limits = new Limits(nesting)
  for (const link of nesting.links) {
    const { at, mtu, kind, bond } = link
    if (mtu === undefined) continue
    // A VLAN that is a member gets the MTU of the bond.
    const belowMembers = kind === 'bond' ? bond?.members.flatMap(member => limits.belowMember(member)) : []
    for (const limit of [...limits.below(link), ...(belowMembers ?? [])])
      if (mtu > limit.bytes) reportAbove(mtu, limit, [...at, 'mtu'], report)
  }
}

/** The largest MTU that something above a link can have. */
class Limits {
  readonly #nesting: Nesting
  readonly #known = new Map<FullLink, Limit>()

  constructor(nesting: Nesting) {
    this.#nesting = nesting
  }

  /** Of a VLAN or a bridge. An entry that is of two kinds by mistake is the first of them here, or one could be its own limit. */
  below(link: FullLink): Limit[] {
    if (link.kind === 'bridge') return (link.bridge?.members ?? []).flatMap(member => this.#ofMember(member))
    return link.kind === 'vlan' ? (this.#nesting.parts.get(link) ?? []).map(on => this.#of(on)) : []
  }

  /** Of a VLAN that is this member. */
  belowMember(member: FullMember): Limit[] {
    const described = this.#nesting.targets.get(member) ?? []
    return described.filter(({ kind }) => kind === 'vlan').flatMap(link => this.below(link))
  }

  #ofMember(member: FullMember): Limit[] {
    const described = this.#nesting.targets.get(member) ?? []
    if (described.length > 0) return described.map(link => this.#of(link))
    return [{ bytes: USUAL, name: wordsOf(member), by: 'driver', isDescribed: false }]
  }

  #of(link: FullLink): Limit {
    const limit = this.#known.get(link) ?? this.#find(link)
    this.#known.set(link, limit)
    return limit
  }

  #find(link: FullLink): Limit {
    const owner = this.#nesting.owners.get(link)?.find(({ kind }) => kind === 'bond')
    if (owner !== undefined) return this.#of(owner)
    const { kind, match, mtu } = link
    const limit = { name: nameOf(link) ?? (match === undefined ? '' : wordsOf(match)), isDescribed: true }
    if (mtu !== undefined) return { ...limit, bytes: mtu, by: 'config' }
    // One that breaks the schema may be any.
    if (isGiven(link, 'mtu')) return { ...limit, bytes: Number.POSITIVE_INFINITY, by: 'config' }
    const below = this.below(link)
    return {
      ...limit,
      bytes: below.length > 0 ? Math.min(...below.map(({ bytes }) => bytes)) : USUAL,
      by: kind === 'physical' ? 'driver' : 'kernel',
    }
  }
}

function reportAbove(mtu: number, limit: Limit, at: Path, report: Report): void {
  const { bytes, name, by, isDescribed } = limit
  if (by === 'driver') report.add('network-mtu-unsure', at, { mtu, link: name, usual: bytes, isDescribed })
  else report.add('network-mtu-above', at, { mtu, link: name, limit: bytes, isGiven: by === 'config' })
}
