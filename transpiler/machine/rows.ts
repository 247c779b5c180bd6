/** Objects of the machine config, made key by key. */
import type { Path } from '../path.ts'
import type { Recovered } from '../recover/recovered.ts'
import type { Origins } from './origins.ts'

/**
 * For each key of an object of the machine config, in the order of its schema, how it is made of what stands for it in the full
 * config: `same` takes what is there under the same name. What comes out as nothing is left out.
 */
export type Rows<From, To> = {
  readonly [K in keyof To]-?: ((from: From, origins: Origins) => To[K] | undefined) | Same<From, To, K>
}

type Same<From, To, K extends keyof To> = K extends keyof From
  ? From[K] extends Recovered<To[K]> | undefined
    ? 'same'
    : never
  : never

/** The object, noted to come from the place of what it is made of. */
export function lowerBy<From extends { readonly at: Path }, To extends object>(
  rows: Rows<From, To>,
  from: From,
  origins: Origins,
  fields?: { readonly [K in keyof To]?: Path },
): To {
  const made: Record<string, unknown> = {}
  for (const [key, row] of Object.entries(rows) as [keyof From & string, unknown][]) {
    const value = typeof row === 'function' ? row(from, origins) : from[key]
    if (value !== undefined) made[key] = Array.isArray(value) && row === 'same' ? [...value] : value
  }
  return origins.from(from.at, made as To, fields)
}
