/** Permissions as people write them. */
import { modeOf } from './units.ts'

/** Permissions as written: text, or a number where the leading zero was forgotten. */
export type WrittenMode = string | number

/** Whether a file may be for its owner only: it says so, a reading of a mode without its zero does, or nobody can tell. */
export function mayBeOwners(mode: WrittenMode): boolean {
  const bits = modeOf(mode)
  const { typed, converted } = readings(mode)
  const possible = bits === undefined ? [typed, converted].map(one => one && modeOf(one)) : [bits]
  const known = possible.filter(one => typeof one === 'number')
  return known.length === 0 || known.some(one => (one & 0o077) === 0)
}

/**
 * What was probably meant: 644 is octal without its zero, 420 is what a tool makes of 0644. Some numbers can be both, and
 * the wrong guess would open a file to everybody, so then both are shown.
 */
export function readings(mode: WrittenMode): { typed: string | undefined; converted: string | undefined } {
  const text = String(mode)
  const typed = /^[1-7][0-7]{2,3}$/.test(text) ? `0${text}` : undefined
  const converted = /^[1-9]\d{1,3}$/.test(text) ? `0${Number(text).toString(8)}` : undefined
  return { typed, converted: converted !== undefined && isUsual(converted) ? converted : undefined }
}

/** Permissions that somebody would give: the owner can read, nobody can more than those before, and who can write can read. */
function isUsual(mode: string): boolean {
  const [, special = '', digits = ''] = /^0([1-7]?)([0-7]{3})$/.exec(mode) ?? []
  const [owner = 0, group = 0, others = 0] = [...digits].map(Number)
  const isWithin = (inner: number, outer: number) => (inner & ~outer) === 0
  return (
    (owner & 4) !== 0 &&
    isWithin(group, owner) &&
    isWithin(others, group) &&
    [owner, group, others].every(bits => (bits & 2) === 0 || (bits & 4) !== 0) &&
    (special === '' || mode === '01777')
  )
}
