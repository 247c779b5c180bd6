/** How a problem that Keel can report is described, and the words that many of them share. */
import type { Severity } from './diagnostic.ts'

export interface Definition<A> {
  readonly severity: Severity
  /** What is wrong, in the user's words. */
  readonly message: (args: A) => string
  /** What to do. */
  readonly hint?: (args: A) => string | undefined
  /** A sentence or two for `keelctl explain`, where message and hint leave a why open. */
  readonly about?: string
}

/** A problem without which there would be a machine config. */
export const error = defining('error')
/** A problem that does not prevent a machine config. */
export const warning = defining('warning')

function defining(severity: Severity) {
  return <A = Record<string, never>>(
    message: (args: A) => string,
    hint?: (args: A) => string | undefined,
    about?: string,
  ): Definition<A> => ({ severity, message, ...(hint && { hint }), ...(about !== undefined && { about }) })
}

/** A word of a config, or one that can be written into it. */
export const code = (word: string) => `\`${word === '' ? '""' : word}\``
/** Several of them. */
export const list = (words: readonly string[]) => words.map(code).join(', ')
/** Words in prose. */
export const either = (words: readonly string[]) => words.join(' or ')
/** A hint that names the nearest of the possible words. */
export const meant = (nearest: string | undefined) =>
  nearest === undefined ? undefined : `did you mean ${code(nearest)}?`
/** A hint that says what to write. */
export const write = (better: string | undefined) =>
  better === undefined ? undefined : `write ${code(better)}`
/** What is wrong where exactly one of several keys is needed. */
export const choice = (what: string, given: readonly string[], keys: readonly string[]) =>
  given.length === 0
    ? `${what} needs one of ${list(keys)}`
    : `${what} has more than one of ${list(keys)}: ${list(given)}`

/** Something that may not work, and why. */
export interface Doubt {
  readonly what: string
  readonly why: string
  readonly hint: string | undefined
}
