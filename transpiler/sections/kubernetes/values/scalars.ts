/** Strings and numbers of Kubernetes: words, ranges and forms. */
import type { ValueShape } from '../../../../schema/shape.ts'
import { nearest } from '../../../rules/nearest.ts'
import { formatProblem } from './formats.ts'

/** Why a value is not possible, as a phrase that follows a colon, and what to do. */
export interface ScalarProblem {
  readonly why: string
  readonly hint: string | undefined
}

/** Ranges of Go's integers; those of 64 bits are wider than what a config can say. */
const INTEGERS: Readonly<Record<string, readonly [from: number, to: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  'int-or-string': [-(2 ** 31), 2 ** 31 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, Number.MAX_SAFE_INTEGER],
}

/** Forms of which an empty string is none. For any other it is as if the field were left out. */
const NEVER_EMPTY: readonly string[] = [
  'quantity',
  'quantity-or-percent',
  'eviction-threshold',
  'percent',
  'duration',
  'date-time',
  'ips',
]

/** What YAML 1.1, which kubectl reads, has for true and false. */
const TRUTHS: Readonly<Record<string, boolean>> = {
  ...{ y: true, yes: true, on: true, true: true },
  ...{ n: false, no: false, off: false, false: false },
}

/** The boolean that a word is meant as. */
export function truthOf(word: string): boolean | undefined {
  const lower = word.toLowerCase()
  return Object.hasOwn(TRUTHS, lower) ? TRUTHS[lower] : undefined
}

/** What is wrong with a string or a number that has the right type. */
export function scalarProblem(value: unknown, shape: ValueShape): ScalarProblem | undefined {
  const { format = '', enum: words } = shape
  if (typeof value === 'number') return rangeProblem(value, shape)
  if (typeof value !== 'string' || (value === '' && !NEVER_EMPTY.includes(format))) return undefined
  if (words && !words.includes(value))
    return { why: 'it is not one of the possible values', hint: wordHint(value, words) }
  const problem = formatProblem(format, value)
  return problem && { why: problem.why, hint: problem.better && `write ${problem.better}` }
}

/** The same of a text that is read as what the shape has: the value of a flag. */
export function textProblem(text: string, shape: ValueShape): ScalarProblem | undefined {
  if (shape.type === 'boolean') {
    const truth = truthOf(text)
    if (/^([01tTfF]|true|false|True|False|TRUE|FALSE)$/.test(text)) return undefined
    return { why: 'expected true or false', hint: truth === undefined ? undefined : `write ${truth}` }
  }
  if (shape.type === 'integer') {
    if (/^[+-]?0\d/.test(text))
      return { why: 'with a zero at the start it would be octal', hint: `write ${Number(text)}` }
    return /^[+-]?\d+$/.test(text)
      ? rangeProblem(Number(text), shape)
      : { why: 'expected an integer', hint: undefined }
  }
  if (shape.type === 'number')
    return text !== '' && Number.isFinite(Number(text))
      ? undefined
      : { why: 'expected a number', hint: undefined }
  return scalarProblem(text, shape)
}

function rangeProblem(
  value: number,
  { format = '', minimum, maximum }: ValueShape,
): ScalarProblem | undefined {
  const [lowest, highest] = INTEGERS[format] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const [from, to] = [minimum ?? lowest, maximum ?? highest]
  if (value >= from && value <= to) return undefined
  const isOpen = to >= 2 ** 31 - 1 && value < from
  return { why: isOpen ? `it must be at least ${from}` : `it must be from ${from} to ${to}`, hint: undefined }
}

/** The word that was meant, or all of them. */
export function wordHint(word: string, words: readonly string[]): string {
  return (
    meant(word, words) ??
    `it can be ${words
      .filter(Boolean)
      .map(one => `\`${one}\``)
      .join(', ')}`
  )
}

export function meant(word: string, words: readonly string[]): string | undefined {
  const near = nearest(word, words)
  return near === undefined ? undefined : `did you mean \`${near}\`?`
}
