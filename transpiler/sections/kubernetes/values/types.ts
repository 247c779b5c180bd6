/** Types of values: which one is expected, which one was found, and how the one becomes the other. */
import type { ValueShape } from '../../../../schema/shape.ts'
import { isObject } from '../../../json.ts'
import { FORMAT_NAMES, formatProblem } from './formats.ts'
import { truthOf } from './scalars.ts'

export function isOfType(value: unknown, type: string): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

const NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'an integer',
  number: 'a number',
  object: 'a map',
  string: 'a string',
}

/** A phrase that follows `expected`. */
export function expectedOf({ format = '' }: ValueShape, types: readonly string[]): string {
  if (format === 'boolean' && types.includes('string')) return 'the string "true" or "false"'
  return FORMAT_NAMES[format] ?? types.map(type => NAMES[type] ?? type).join(' or ')
}

/** A phrase that follows `found`. */
export function foundOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a number with a fraction'
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  return typeof value === 'boolean' ? `the boolean ${value}` : 'a map'
}

/** How the value that was written becomes one of the types that are possible. */
export function typeHint(value: unknown, shape: ValueShape, types: readonly string[]): string | undefined {
  for (const type of types) {
    const hint = HINTS[type]?.(value, shape)
    if (hint !== undefined) return hint
  }
  return undefined
}

const HINTS: Readonly<Record<string, (value: unknown, shape: ValueShape) => string | undefined>> = {
  boolean: value => {
    const truth = typeof value === 'string' ? truthOf(value) : undefined
    if (truth === undefined) return undefined
    return String(value).toLowerCase() === `${truth}` ? `write ${truth}, without quotes` : `write ${truth}`
  },
  integer: value => {
    const [digits] = (typeof value === 'string' && /^-?\d+(?=%?$)/.exec(value)) || []
    return digits === undefined ? undefined : `write ${Number(digits)}, without quotes`
  },
  array: (value, { items }) => {
    const single = !isObject(value) && items?.type === typeof value ? JSON.stringify(value) : undefined
    return single !== undefined && single.length < 60
      ? `write it as a list: [${single}]`
      : 'start each item with a dash'
  },
  object: value => (Array.isArray(value) ? 'write key: value, without a dash' : undefined),
  string: (value, { format = '' }) => {
    if (typeof value !== 'number' && typeof value !== 'boolean') return undefined
    if (formatProblem(format, String(value)) && format !== 'duration') return undefined
    if (format === 'duration')
      return typeof value === 'number' ? `write ${value}s, if these are seconds` : undefined
    return 'put it in quotes'
  },
}
