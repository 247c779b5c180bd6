/** Kinds of values as phrases. */
import type { Shape } from '../../schema/shape.ts'

/** What a value is. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'boolean') return 'true or false'
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a number with a fraction'
  return 'a string'
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  object: 'a map',
  array: 'a list',
  boolean: 'true or false',
}

/** What the schema takes at a place that these shapes describe; without a shape, the types that a validator names. */
export function wantedOf(shapes: readonly Shape[], named?: unknown): string[] {
  const types = shapes.length > 0 ? shapes.flatMap(({ type }) => type ?? []) : [named].flat()
  return [...new Set(types.map(type => NAMES[String(type)] ?? String(type)))]
}
