/** What a text was meant as, where a number or a truth value is wanted. */
import type { Shape } from '../../schema/shape.ts'

export interface Meant {
  /** What is wrong with the way it is written, if that is not plain from the better one. */
  readonly fault: string | undefined
  readonly better: string | undefined
}

const UNKNOWN: Meant = { fault: undefined, better: undefined }

/** Unknown for what is not a string, and where the meaning is unclear. */
export function meantAs(value: unknown, shapes: readonly Shape[]): Meant {
  if (typeof value === 'boolean') return numberFor(value, shapes)
  if (typeof value !== 'string') return UNKNOWN
  return truthIn(value, shapes) ?? (allowsIntegers(shapes) ? integerIn(value) : undefined) ?? UNKNOWN
}

const TRUTHS: Readonly<Record<string, boolean>> = {
  ...{ y: true, yes: true, on: true, true: true },
  ...{ n: false, no: false, off: false, false: false },
}

/** A truth value of YAML 1.1, or one in quotes. */
function truthIn(text: string, shapes: readonly Shape[]): Meant | undefined {
  const word = text.toLowerCase()
  const truth = Object.hasOwn(TRUTHS, word) ? TRUTHS[word] : undefined
  if (truth === undefined) return undefined
  const isPossible = shapes.some(one => one.type === 'boolean' && (one.enum?.includes(truth) ?? true))
  return isPossible ? { fault: undefined, better: String(truth) } : undefined
}

/** Where there are whole numbers and no truth values, as in the kernel, 1 and 0 stand for them. */
function numberFor(value: boolean, shapes: readonly Shape[]): Meant {
  const isMeant = allowsIntegers(shapes) && !shapes.some(one => [one.type].flat().includes('boolean'))
  return isMeant ? { fault: undefined, better: value ? '1' : '0' } : UNKNOWN
}

function allowsIntegers(shapes: readonly Shape[]): boolean {
  return shapes.some(one => [one.type].flat().includes('integer'))
}

/** A whole number as other languages and people write it. */
function integerIn(text: string): Meant | undefined {
  if (/^0o[0-7]+$/.test(text))
    return { fault: 'this is an octal number', better: String(Number.parseInt(text.slice(2), 8)) }
  if (/^0\d+$/.test(text))
    return { fault: 'a number does not start with a zero', better: text.replace(/^0+(?=\d)/, '') }
  if (/^(0|-?[1-9]\d*)$/.test(text)) return { fault: 'a number is written without quotes', better: text }
  if (/^[1-9]\d*([_,' ]\d{3})+$/.test(text))
    return { fault: 'a number is written without separators', better: text.replaceAll(/[_,' ]/g, '') }
  return undefined
}
