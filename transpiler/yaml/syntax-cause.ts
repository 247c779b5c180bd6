/**
 * What is wrong with a text that is not YAML. The parser says where it gave up, which is often a line after the mistake, and
 * after one mistake it complains about lines that are right. So the lines themselves are looked at.
 */
import type { SourceText } from './source.ts'
import { templateIn, withoutQuotes } from './template.ts'

/** What a line that is indented wrongly does not fit. */
export type IndentationFault = 'deeper' | 'column' | 'item' | 'key-of-item' | 'text' | 'brackets'

/** What is wrong with a line by itself. */
export type LineFault =
  | 'merge-conflict'
  | 'second-colon'
  | 'no-colon'
  | 'no-space'
  | 'no-break-space'
  | 'no-comma'
  | 'start'
  | 'list-on-key-line'
  | 'text-on-mark-line'
  | 'stray-bracket'
  | 'after-end'
  | 'unknown'

export type SyntaxCause =
  | { readonly type: 'template'; readonly template: string }
  | { readonly type: 'indentation'; readonly fault: IndentationFault }
  | { readonly type: LineFault }

/** The parser's messages for faults that it understands. */
const UNDERSTOOD: readonly (readonly [message: RegExp, fault: LineFault])[] = [
  [/^Plain value cannot start|^Alias cannot be an empty/, 'start'],
  [/^Unexpected block-seq-ind on same line/, 'list-on-key-line'],
  [/^Not a YAML token/, 'text-on-mark-line'],
]

export interface Found {
  readonly cause: SyntaxCause
  /** Offset of what is shown. */
  readonly at: number
  /** Whether the line alone proves it, whatever is wrong before. */
  readonly isProven: boolean
}

/** Why the parser gave up at an offset with a message. */
export function syntaxCause(source: SourceText, at: number, message: string): Found {
  const { line, col } = source.positionOf(at)
  const text = source.line(line)
  const start = at - col + 1
  const template = templateIn(withoutQuotes(text))
  // Those of other templates are text to YAML.
  if (template?.text.startsWith('{') === true)
    return {
      cause: { type: 'template', template: template.text },
      at: start + template.at,
      isProven: true,
    }
  const fault = lineFault(text, col, message)
  if (fault !== undefined) return { cause: { type: fault }, at, isProven: true }
  const wrong = indentationFaultOf(source, line, message)
  if (wrong === undefined) return { cause: { type: vagueFault(text, col, message) }, at, isProven: false }
  const here = wrong.line === line ? start : offsetOf(source, wrong.line, start, line)
  return {
    cause: { type: 'indentation', fault: wrong.kind },
    at: here + indentOf(source.line(wrong.line)),
    isProven: false,
  }
}

/** What the line alone proves. */
function lineFault(text: string, col: number, message: string): LineFault | undefined {
  if (/^(<{7}|={7}|>{7}|\|{7})( |$)/.test(text)) return 'merge-conflict'
  if (/(^|[:-])[ \u00a0]*\u00a0/.test(text)) return 'no-break-space'
  const rest = withoutQuotes(text).slice(col - 1)
  if (message.startsWith('Nested mappings are not allowed'))
    return /:(\s|$)/.test(rest) ? 'second-colon' : undefined
  if (message.startsWith('Block collections are not allowed within')) {
    if (rest.startsWith('- ')) return 'list-on-key-line'
    if (/^ +:/.test(rest)) return 'no-comma'
    return /^[^,[\]{}]*:\s/.test(rest) ? 'second-colon' : undefined
  }
  return UNDERSTOOD.find(([start]) => start.test(message))?.[1]
}

/** What seems to be wrong with a line, though a line before may be to blame. */
function vagueFault(text: string, col: number, message: string): LineFault {
  if (/^Implicit (map )?keys need/.test(message))
    return /^\s*(- )?[\w.-]+:\S/.test(text) ? 'no-space' : 'no-colon'
  if (message.startsWith('Implicit keys of flow')) return 'no-comma'
  if (/^Unexpected flow-(map|seq)-end token/.test(message)) return 'stray-bracket'
  return /^Unexpected .*at node end/.test(message) && col - 1 > indentOf(text) ? 'after-end' : 'unknown'
}

/** A line that is indented wrongly: the one where the parser gave up, or the next. */
function indentationFaultOf(
  source: SourceText,
  line: number,
  message: string,
): { readonly kind: IndentationFault; readonly line: number } | undefined {
  const text = source.line(line)
  if (message.startsWith('Nested mappings are not allowed')) {
    const next = contentAfter(source, line)
    return next !== undefined && isDeeper(source, next, line) ? { kind: 'deeper', line: next } : undefined
  }
  const isItem = /^\s*- /.test(text)
  if (!isItem && !/^\s*[\w.-]+:(\s|$)/.test(text) && followsText(source, line)) return { kind: 'text', line }
  if (message.startsWith('All mapping items must start')) {
    const above = contentBefore(source, line)
    return { kind: above !== undefined && isDeeper(source, line, above) ? 'deeper' : 'column', line }
  }
  if (message.startsWith('Sequence item without')) return { kind: 'key-of-item', line }
  if (message.startsWith('A block sequence may not be used')) return { kind: 'item', line }
  if (isItem && /^Implicit (map )?keys need/.test(message)) return { kind: 'item', line }
  const first = contentAfter(source, 0) ?? line
  const isLeftOfAll = indentOf(source.line(first)) > indentOf(text)
  return isLeftOfAll && /^Unexpected .*(node end|YAML stream)/.test(message)
    ? { kind: 'column', line }
    : undefined
}

/** Whether a line is indented deeper than the key of another, which has its value on its own line. */
function isDeeper(source: SourceText, line: number, other: number): boolean {
  const [, start = '', value = ''] = /^(\s*(?:- +)*)[^\s#].*?:\s+([^#\s].*)$/.exec(source.line(other)) ?? []
  return value !== '' && !/^[|>&!]/.test(value) && indentOf(source.line(line)) > start.length
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0
}

function isContent(line: string): boolean {
  return /^\s*[^#\s]/.test(line)
}

function contentBefore(source: SourceText, line: number): number | undefined {
  for (let at = line - 1; at > 0; at--) if (isContent(source.line(at))) return at
  return undefined
}

function contentAfter(source: SourceText, line: number): number | undefined {
  for (let at = line + 1; at <= source.lineCount; at++) if (isContent(source.line(at))) return at
  return undefined
}

/** Whether the text of a `|` or `>`, as far as it goes, is right above this line. */
function followsText(source: SourceText, line: number): boolean {
  const indents: number[] = []
  for (let at = line - 1; at > 0; at--) {
    const text = source.line(at)
    if (text.trim() === '') continue
    const indent = indentOf(text)
    if (/(^|[\s:])[|>][-+\d]*\s*(#.*)?$/.test(text)) return indents.every(inner => inner > indent)
    indents.push(indent)
  }
  return false
}

/** Offset of the start of a later line. */
function offsetOf(source: SourceText, later: number, start: number, line: number): number {
  let offset = start
  for (let one = line; one < later; one++) offset = source.text.indexOf('\n', offset) + 1
  return offset
}
