/** A file, taken apart into what a reader meets in it: names, comments and prose, and the strings that people are shown. */

export type Kind = 'name' | 'prose' | 'string'

/** `text` may run over several lines; `line` is its first, counted from 1. */
export interface Piece {
  readonly kind: Kind
  readonly text: string
  readonly line: number
}

/** What a language has: a comment, a string or an identifier at this place, or something that is skipped as a whole. */
const TYPESCRIPT =
  /(?<prose>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<skip>(?<=[(,=:[!&|?{};]\s*|return\s+)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/[a-z]*)|(?<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`)|(?<name>[A-Za-z_$][\w$]*)/g
const RUST =
  /(?<prose>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<skip>b?'(?:\\[^']+|[^'\\\n])'|'[a-z_]+\b)|(?<string>b?r(?<hashes>#*)"[\s\S]*?"\k<hashes>|b?"(?:\\[\s\S]|[^"\\])*")|(?<name>[A-Za-z_]\w*)/g
const GO =
  /(?<prose>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<skip>'(?:\\.|[^'\\\n])+')|(?<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)|(?<name>[A-Za-z_]\w*)/g
const JSON_TEXT =
  /(?<string>(?<="(?:description|title|x-[a-z-]+|why|reason)":\s*)"(?:\\.|[^"\\\n])*")|(?<name>"(?:\\.|[^"\\\n])*"(?=\s*:))|(?<skip>"(?:\\.|[^"\\\n])*")/g
const YAML = /(?<prose>(?<=^|\s)#[^\n]*)/g
const MARKDOWN = /(?<skip>```[\s\S]*?```|`[^`\n]*`|\]\([^)\n]*\))|(?<prose>[^`\n\]]+)/g

const LANGUAGES: Readonly<Record<string, RegExp>> = {
  ts: TYPESCRIPT,
  mjs: TYPESCRIPT,
  mts: TYPESCRIPT,
  cjs: TYPESCRIPT,
  rs: RUST,
  go: GO,
  c: GO,
  json: JSON_TEXT,
  yaml: YAML,
  toml: YAML,
  md: MARKDOWN,
}

export const isRead = (file: string): boolean => Object.hasOwn(LANGUAGES, extensionOf(file))

/** The pieces of a file in order. Prose that only line ends and comment marks part is one piece, so that a phrase may run over lines. */
export function piecesOf(file: string, text: string): Piece[] {
  const language = LANGUAGES[extensionOf(file)]
  const pieces: Piece[] = []
  let line = 1
  let seen = 0
  let end = -1
  for (const match of language === undefined ? [] : text.matchAll(language)) {
    line += (text.slice(seen, match.index).match(/\n/g) ?? []).length
    seen = match.index
    const kind = (['prose', 'string', 'name'] as const).find(kind => match.groups?.[kind] !== undefined)
    if (kind === undefined) continue
    const last = pieces.at(-1)
    const joins =
      kind === 'prose' && last?.kind === 'prose' && end >= 0 && /^\s*$/.test(text.slice(end, match.index))
    if (joins)
      pieces[pieces.length - 1] = { ...last, text: `${last.text}${text.slice(end, match.index)}${match[0]}` }
    else pieces.push({ kind, text: match[0], line })
    end = match.index + match[0].length
  }
  return pieces
}

const extensionOf = (file: string): string => file.slice(file.lastIndexOf('.') + 1)
