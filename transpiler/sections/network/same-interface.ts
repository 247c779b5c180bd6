/** Whether two selectors mean one interface of the machine, as far as the config can tell. */
import { isGiven } from '../filled.ts'
import type { FullMember } from './types.ts'

const FACTS = ['name', 'mac', 'permanentMac', 'driver', 'path'] as const
type Fact = (typeof FACTS)[number]

/** A fact of two selectors by which both mean one interface, as its key in the one and in the other. */
type Shared = readonly [Fact, Fact]

/** Facts that only one interface has. Its hardware address is one fact, also where it is the one that it was made with. */
const UNIQUE: readonly Shared[] = [
  ['name', 'name'],
  ['mac', 'mac'],
  ['permanentMac', 'permanentMac'],
  ['mac', 'permanentMac'],
  ['permanentMac', 'mac'],
  ['path', 'path'],
]
const DRIVER: Shared = ['driver', 'driver']

/**
 * By what both mean one interface: a fact that only one has, or the driver where one of them says nothing else, because it means every
 * interface with that driver. undefined: they may be two, as they are where they differ in a fact.
 */
export function sharedFact(one: FullMember, other: FullMember): Shared | undefined {
  const shared = UNIQUE.find(keys => isEqual(one, other, keys)) ?? DRIVER
  if (shared === DRIVER && !(isEqual(one, other, DRIVER) && (hasOnlyDriver(one) || hasOnlyDriver(other))))
    return undefined
  const differ = FACTS.some(
    key => one[key] !== undefined && other[key] !== undefined && !isEqual(one, other, [key, key]),
  )
  return differ || !isKnown(one) || !isKnown(other) ? undefined : shared
}

/** Case counts in names, of interfaces and of drivers. */
function isEqual(one: FullMember, other: FullMember, [key, same]: Shared): boolean {
  const [text, second] = [one[key], other[same]]
  if (text === undefined || second === undefined) return false
  return (
    text === second || (key !== 'name' && key !== 'driver' && text.toLowerCase() === second.toLowerCase())
  )
}

/** Whether it says nothing but a driver, which several interfaces may have. */
export const hasOnlyDriver = (selector: FullMember) =>
  FACTS.every(key => isGiven(selector, key) === (key === 'driver'))

/** Whether none of its facts breaks the schema. */
const isKnown = (selector: FullMember) =>
  FACTS.every(key => selector[key] !== undefined || !isGiven(selector, key))

/** How many selectors with one fact are remembered: two interfaces may share an address, but not this many. */
const MOST_OF_ONE_FACT = 8

/** What selectors stand for, found by a selector that means the same interface, without a comparison with each of them. */
export class Selected<T> {
  readonly #by = new Map<string, { readonly selector: FullMember; readonly value: T }[]>()

  add(selector: FullMember, value: T): void {
    const { driver } = selector
    const all = [
      ...uniqueKeys(selector),
      `driver ${driver}`,
      ...(hasOnlyDriver(selector) ? [`only ${driver}`] : []),
    ]
    for (const key of all) {
      const those = this.#by.get(key)
      if (those === undefined) this.#by.set(key, [{ selector, value }])
      else if (those.length < MOST_OF_ONE_FACT) those.push({ selector, value })
    }
  }

  /** Those that mean the same interface as the selector; not every one of them. */
  find(selector: FullMember): T[] {
    const byDriver = `${hasOnlyDriver(selector) ? 'driver' : 'only'} ${selector.driver}`
    return [...uniqueKeys(selector), byDriver].flatMap(
      key => this.#by.get(key)?.find(one => sharedFact(one.selector, selector) !== undefined)?.value ?? [],
    )
  }
}

const uniqueKeys = ({ name, mac, permanentMac, path }: FullMember): string[] => [
  ...(name === undefined ? [] : [`name ${name}`]),
  ...[mac, permanentMac, path].flatMap(text => text?.toLowerCase() ?? []),
]
