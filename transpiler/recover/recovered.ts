/** What is left of a config without the values that break the schema, so that the rules can check the rest. */
import type { NodeConfig } from '../../schema/generated/node.ts'
import { type Path, valueAt } from '../path.ts'
import type { ValueMap } from '../yaml/value.ts'

/** A value of which any part may be absent: because it breaks the schema, or because it is required and missing. */
export type Recovered<T> = T extends readonly (infer U)[]
  ? readonly (Recovered<U> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Recovered<T[K]> | undefined }
    : T

/**
 * A copy of the config in which every broken value is undefined. Its key stays, so that no default takes its place, and in a list
 * so does its index.
 */
export function withoutBroken(config: ValueMap, broken: readonly Path[]): Recovered<NodeConfig> {
  const copy = structuredClone(config)
  for (const path of broken) {
    const parent = valueAt(copy, path.slice(0, -1))
    const last = path.at(-1)
    if (last !== undefined && typeof parent === 'object' && parent !== null)
      (parent as Record<string | number, unknown>)[last] = undefined
  }
  return copy as Recovered<NodeConfig>
}
