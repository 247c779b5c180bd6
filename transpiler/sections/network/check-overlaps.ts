/** No network is on two links. */
import type { Report } from '../../diag/report.ts'
import { firstOf, isSame, lastOf, type Prefix, widthOf } from '../../rules/ip.ts'
import type { FullAddress, FullLink } from './types.ts'

/** The network of an address, with its place among all addresses. */
interface Network {
  readonly given: FullAddress
  readonly link: FullLink
  readonly place: number
  readonly prefix: Prefix
  readonly first: bigint
  readonly last: bigint
}

/** Of some networks the first in the config, and the first of those on other links than that one. */
type Earliest = readonly Network[]

export function checkOverlaps(links: readonly FullLink[], report: Report): void {
  const networks = links
    .flatMap(link => link.addresses.map(given => ({ given, link })))
    .flatMap(({ given, link }, place) => networkOf(given, link, place) ?? [])
  const overlapping = overlapsOf(networks)
  for (const network of networks) {
    const other = overlapping.get(network)
    // That two are the same address is said elsewhere.
    if (other === undefined || isSame(other.prefix.address, network.prefix.address)) continue
    const { at, text } = network.given
    const related = [{ path: other.given.at, message: 'the other network is here' }]
    report.add('network-overlap', at, { address: text, other: other.given.text }, { related })
  }
}

/** A network of 0 bits is reported already, and overlaps every other. In one of a single address there is nobody else to reach. */
function networkOf(given: FullAddress, link: FullLink, place: number): Network | undefined {
  const { prefix } = given
  if (prefix === undefined || prefix.length === 0 || prefix.length === widthOf(prefix.address))
    return undefined
  return { given, link, place, prefix, first: firstOf(prefix).bits, last: lastOf(prefix).bits }
}

/**
 * For each network the first one in the config that overlaps it and is on another link, if that comes before it. Of two networks
 * that overlap one contains the other, so with their order they are a tree, and none is compared with all.
 */
function overlapsOf(networks: readonly Network[]): ReadonlyMap<Network, Network> {
  const sorted = networks.toSorted(bySize)
  const parents = parentsIn(sorted)
  const around: Earliest[] = []
  const inside: Earliest[] = sorted.map(network => [network])
  for (const [i, network] of sorted.entries())
    around[i] = earliestOf([...(around[parents[i] ?? -1] ?? []), network])
  for (const [i, parent] of [...parents.entries()].reverse())
    if (parent !== undefined) inside[parent] = earliestOf([...(inside[parent] ?? []), ...(inside[i] ?? [])])
  const found = sorted.flatMap((network, i) => {
    const all = earliestOf([...(around[i] ?? []), ...(inside[i] ?? [])])
    const other = all.find(({ link }) => link !== network.link)
    return other !== undefined && other.place < network.place ? [[network, other] as const] : []
  })
  return new Map(found)
}

/** By their first addresses, and a larger one before those that it contains. */
function bySize(a: Network, b: Network): number {
  const families = a.prefix.address.family - b.prefix.address.family
  if (families !== 0 || a.first === b.first) return families || a.prefix.length - b.prefix.length
  return a.first < b.first ? -1 : 1
}

/** For each of the sorted networks the place of the smallest one before it that contains it. */
function parentsIn(sorted: readonly Network[]): (number | undefined)[] {
  const open: { readonly at: number; readonly network: Network }[] = []
  return sorted.map((network, at) => {
    for (let top = open.at(-1); top && !isIn(network, top.network); top = open.at(-1)) open.pop()
    const parent = open.at(-1)?.at
    open.push({ at, network })
    return parent
  })
}

/** Whether a network that starts no earlier than another one is part of it. */
const isIn = (network: Network, outer: Network) =>
  network.prefix.address.family === outer.prefix.address.family && network.last <= outer.last

function earliestOf(networks: Earliest): Earliest {
  const inOrder = networks.toSorted((a, b) => a.place - b.place)
  const [first] = inOrder
  return first === undefined ? [] : [first, ...inOrder.filter(({ link }) => link !== first.link).slice(0, 1)]
}
