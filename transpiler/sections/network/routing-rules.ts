/** Rules that choose a table of routes, each as the kernel has it: of one family, and with a priority. */
import { type Family, prefixOf } from '../../rules/ip.ts'
import { DEFAULT, MAIN } from '../../rules/route.ts'
import type { FullLink, FullRule } from './types.ts'

export interface WholeRule extends FullRule {
  readonly priority: number
  /** Absent: its addresses have one. */
  readonly family: 'ipv4' | 'ipv6' | undefined
}

/**
 * Priority of the first rule that says none; the next has the next. To a rule without one the kernel gives a place before all others, so
 * that the last would be asked first. There is room for all rules that a config can have before the kernel's own at 32766.
 */
const FIRST_PRIORITY = 10_000

/** Each rule as the machine config has it: one of each family whose packets it may meet. */
export function wholeRules(links: readonly FullLink[]): ReadonlyMap<FullRule, readonly WholeRule[]> {
  const rules = links.flatMap(link => link.rules)
  const taken = new Set(rules.map(({ priority }) => priority))
  const tables = tablesOf(links)
  const ofNode = familiesOf(links)
  let next = FIRST_PRIORITY
  const free = () => {
    while (taken.has(next)) next++
    return next++
  }
  const familiesBy = (rule: FullRule): readonly (Family | undefined)[] => {
    if (familyOf(rule) !== undefined) return [undefined]
    const isOfKernel = rule.table === MAIN || rule.table === DEFAULT
    return (isOfKernel ? undefined : tables.get(rule.table)) ?? ofNode
  }
  const whole = (rule: FullRule): WholeRule[] => {
    const priority = rule.priority ?? free()
    return familiesBy(rule).map(family => ({ ...rule, priority, family: family && `ipv${family}` }))
  }
  return new Map(rules.map(rule => [rule, whole(rule)]))
}

/** The family that the addresses of a rule have; undefined: it has none, and is about packets of both. */
export function familyOf({ from, to }: FullRule): Family | undefined {
  return prefixOf(from ?? to ?? '')?.address.family
}

/** Families of the routes that the config has in each table. */
export function tablesOf(links: readonly FullLink[]): ReadonlyMap<number | undefined, readonly Family[]> {
  const tables = new Map<number | undefined, readonly Family[]>()
  for (const { table = MAIN, to } of links.flatMap(link => link.routes)) {
    const known = tables.get(table) ?? []
    if (to !== undefined) tables.set(table, inOrder([...known, to.address.family]))
  }
  return tables
}

/** Those of which the node has an address or a route. */
function familiesOf(links: readonly FullLink[]): readonly Family[] {
  const own = links.flatMap(({ dhcp4, dhcp6, slaac, addresses, routes }): Family[] => [
    ...(dhcp4 === true ? [4 as const] : []),
    ...(dhcp6 === true || slaac === true ? [6 as const] : []),
    ...addresses.flatMap(({ prefix }) => prefix?.address.family ?? []),
    ...routes.flatMap(({ to }) => to?.address.family ?? []),
  ])
  return own.length > 0 ? inOrder(own) : [4]
}

const inOrder = (families: readonly Family[]) => ([4, 6] as const).filter(family => families.includes(family))
