/** Texts that are never shown, and what takes their place. */
import type { Path } from '../path.ts'
import { templateIn } from './template.ts'

/** A bootstrap token wherever it is, for example under a misspelled key. One without a digit is more likely a host name. */
const TOKEN = /(?<![\w.-])(?=[a-z0-9.]*\d)[a-z0-9]{6}\.[a-z0-9]{16}(?![\w-])/gi

/**
 * What stands before the host of a URL: the password, which may have an @ and a slash itself, or all of it where nothing says what is
 * the user. The second row is an address without its scheme. The digest of an image is none of them.
 */
const URL_PASSWORD = new RegExp(
  [
    /(?<=[a-z]:\/\/[^\s/:@]*:)[^\s]+(?=@(?!sha\d+:))/,
    /(?<=(?<![^\s"'`[{(,])[^\s/:@"'`[{(,]+:)[^\s/"'`][^\s"'`]*(?=@(?!sha\d+:))/,
    /(?<=[a-z]:\/\/)[^\s/:@]+(?=@)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gi',
)

const INSTEAD = '***'
/** Keel's own words by which the catalog chooses a message; they contain no part of a config. */
const OWN_ARGS = ['cause', 'fault', 'keyword']

export class Secrets {
  readonly #texts: readonly string[]
  readonly #namesIn: () => readonly string[]
  #names: ReadonlySet<string> | undefined

  /**
   * Short strings are left out: they would be found everywhere. So is what is in `ordinary`, which is not a secret. `names` are those
   * of tags and aliases that stand for a secret, of any length: a problem is about the whole of one.
   */
  constructor(
    texts: readonly string[],
    ordinary: () => string = () => '',
    names: () => readonly string[] = () => [],
  ) {
    this.#namesIn = names
    const long = [...new Set(texts)].filter(text => text.length >= 8 && templateIn(text)?.text !== text)
    const known = long.length === 0 ? '' : ordinary()
    this.#texts = long.filter(text => !known.includes(text)).toSorted((a, b) => b.length - a.length)
  }

  outOfWords(words: string): string {
    const shown = this.#texts
      .reduce((rest, text) => rest.replaceAll(text, INSTEAD), words)
      .replace(TOKEN, INSTEAD)
    // To look for what stands before an @ takes long in a long line.
    return shown.includes('@') ? shown.replace(URL_PASSWORD, INSTEAD) : shown
  }

  /** Only what a problem is about can be secret, and not the words in which it is said. */
  outOfArgs(args: unknown): unknown {
    if (typeof args === 'string')
      return this.#isName(args.replace(/^[&*!]/, '')) ? INSTEAD : this.outOfWords(args)
    if (Array.isArray(args)) return args.map(one => this.outOfArgs(one))
    if (typeof args !== 'object' || args === null) return args
    const entries = Object.entries(args)
    return Object.fromEntries(
      entries.map(([key, one]) => [key, OWN_ARGS.includes(key) ? one : this.outOfArgs(one)]),
    )
  }

  #isName(text: string): boolean {
    this.#names ??= new Set(this.#namesIn())
    return this.#names.has(text)
  }

  /** A pointer always leads to a place of the config: it ends before a key that is itself a token. */
  outOfPath(path: Path): Path {
    const end = path.findIndex(step => typeof step === 'string' && step.search(TOKEN) !== -1)
    return end === -1 ? path : path.slice(0, end)
  }

  /** The same, with as many stars as there were characters: marks below the line still fit. */
  outOfLine(line: string): string {
    const shown = this.#texts.reduce((rest, text) => rest.replaceAll(text, stars), line).replace(TOKEN, stars)
    return shown.includes('@') ? shown.replace(URL_PASSWORD, stars) : shown
  }
}

export function stars(text: string): string {
  return '*'.repeat(text.length)
}
