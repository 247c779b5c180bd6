/** A map of the node config with the defaults that its schema states. */
import { DEFAULTS } from '../../schema/generated/node-defaults.ts'
import type { Path } from '../path.ts'
import type { Recovered } from '../recover/recovered.ts'
import type { Item } from './item.ts'

/** Title of a map in the node schema of which some keys have a default. */
export type Title = keyof typeof DEFAULTS

/** A map with its place. A value that breaks the schema is undefined, and so is one that is left out and has no default. */
export type Placed<V> = Item & { readonly [K in keyof V]-?: Recovered<V[K]> | undefined }

/** The map with its place, its values, and the defaults of its schema for the keys that it leaves out. */
export function filled<V extends object>(title: Title, value: Recovered<V>, at: Path): Placed<V> {
  return { at, ...DEFAULTS[title], ...(value as object) } as unknown as Placed<V>
}

/** The same for a map without defaults. */
export function placed<V extends object>(value: Recovered<V>, at: Path): Placed<V> {
  return { at, ...(value as object) } as unknown as Placed<V>
}

/** Whether the node config has the key, even if its value breaks the schema. */
export function isGiven<T extends Item>(map: T, key: Exclude<keyof T, keyof Item>): boolean {
  return Object.hasOwn(map, key)
}
