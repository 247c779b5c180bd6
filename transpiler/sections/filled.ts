/** A map of the node config with the defaults that its schema states. */
import { DEFAULTS } from '../../schema/generated/node-defaults.ts'
import type { Path } from '../path.ts'
import type { Item } from './item.ts'

/** Title of a map in the node schema of which some keys have a default. */
export type Title = keyof typeof DEFAULTS

/** The map as its schema has it, with every key that has a default. */
export type Filled<T extends Title, V> = Item &
  Readonly<Omit<V, keyof (typeof DEFAULTS)[T]>> & {
    readonly [K in keyof (typeof DEFAULTS)[T] & keyof V]-?: Exclude<V[K], undefined>
  }

/** The map with its place, what it gives, and the defaults of its schema for the rest. */
export function filled<T extends Title, V extends object>(title: T, value: V, at: Path): Filled<T, V> {
  return { at, ...DEFAULTS[title], ...value } as unknown as Filled<T, V>
}
