/** Texts that are never shown, and what takes their place. */
import type { Path } from './path.ts'

/** A bootstrap token wherever it stands, for example under a misspelt key. One without a digit is more likely a host name. */
const TOKEN = /(?<![\w.-])(?=[a-z0-9.]*\d)[a-z0-9]{6}\.[a-z0-9]{16}(?![\w-])/gi

const INSTEAD = '***'

export class Secrets {
  readonly #texts: readonly string[]

  /** Short texts are left out: they would stand everywhere. */
  constructor(texts: readonly string[]) {
    this.#texts = texts.filter(text => text.length >= 8).toSorted((a, b) => b.length - a.length)
  }

  outOfWords(words: string): string {
    return this.#texts.reduce((rest, text) => rest.replaceAll(text, INSTEAD), words).replace(TOKEN, INSTEAD)
  }

  outOfPath(path: Path): Path {
    return path.map(step => (typeof step === 'number' ? step : this.outOfWords(step)))
  }

  /** The same, with as many stars as there were characters: marks below the line still fit. */
  outOfLine(line: string): string {
    return this.#texts.reduce((rest, text) => rest.replaceAll(text, stars), line).replace(TOKEN, stars)
  }
}

export function stars(text: string): string {
  return '*'.repeat(text.length)
}
