/** The source files: name, text, and offset -> line and column. */

/** One node config or fragment as it was handed in. */
export interface Source {
  /** What diagnostics call it, usually the file's name. */
  readonly name: string
  /** Bytes must be UTF-8; anything else is a diagnostic. */
  readonly text: string | Uint8Array
}

/** A stretch of a source: UTF-16 offsets, the end exclusive. */
export interface Span {
  readonly file: string
  readonly start: number
  readonly end: number
}

/** Line and column for people: both from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number
  readonly col: number
}

/** A source whose text is known, with its lines found when they are first asked for. */
export class SourceText {
  readonly name: string
  readonly text: string
  #starts: number[] | undefined
  #hide: ((line: string, offset: number) => string) | undefined

  constructor(name: string, text: string) {
    this.name = name
    this.text = text
  }

  /** From now on lines are shown only as `hide` makes them; `offset` is that of the line. The width must stay. */
  showBy(hide: (line: string, offset: number) => string): void {
    this.#hide = hide
  }

  get #lines(): number[] {
    if (this.#starts === undefined) {
      this.#starts = [0]
      for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1))
        this.#starts.push(at + 1)
    }
    return this.#starts
  }

  positionOf(offset: number): Position {
    const starts = this.#lines
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, col: offset - (starts[low] ?? 0) + 1 }
  }

  /** Text of a line without its end; empty for a line that is not there. */
  line(number: number): string {
    const start = this.#lines[number - 1]
    if (start === undefined) return ''
    const end = this.#lines[number]
    return this.text.slice(start, end).replace(/\r?\n$/, '')
  }

  /** The line as people may see it. */
  shownLine(number: number): string {
    const line = this.line(number)
    return this.#hide === undefined ? line : this.#hide(line, this.#lines[number - 1] ?? 0)
  }

  get lineCount(): number {
    return this.#lines.length
  }
}

/** The text of UTF-8 bytes, or the offset of the first byte that is not. */
export function decodeUtf8(bytes: Uint8Array): string | { readonly badByte: number } {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { badByte: firstBadByte(bytes) }
  }
}

function firstBadByte(bytes: Uint8Array): number {
  const decodes = (end: number) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true })
      return true
    } catch {
      return false
    }
  }
  let low = 0
  let high = bytes.length
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (decodes(middle)) low = middle
    else high = middle - 1
  }
  return low
}

/** A span of a source by its two offsets. */
export function spanOfRange({ name }: SourceText, [start, end]: readonly [number, number]): Span {
  return { file: name, start, end }
}
