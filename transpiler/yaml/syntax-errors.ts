/** The parser's complaints, said so that each is true of the line that it is shown at. */
import type { Args, Code } from '../diag/catalog.ts'
import { type SourceText, type Span, spanOfRange } from './source.ts'
import { syntaxCause } from './syntax-cause.ts'
import { withoutQuotes } from './template.ts'

/** Takes the problems of a text that is not YAML; a Report is one. */
export interface SyntaxReport {
  readonly at: <C extends Code>(code: C, span: Span, args: Args<C>) => void
}

/** One complaint of the parser. */
interface SyntaxError {
  readonly code: string
  readonly message: string
  readonly pos: readonly [number, number]
}

/** Where the innermost bracket or quote begins that is still open at an offset. */
type OpenedBefore = (offset: number) => number | undefined

/** Problems that are checked again: after one mistake there can be one for every line. */
const MOST_ERRORS = 50
/** Lines that are reported. */
const MOST_LINES = 3
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' }
/** Complaints that are true of their own line, whatever is wrong before it. */
const INDEPENDENT = ['MULTIPLE_DOCS', 'TAB_AS_INDENT', 'RESOURCE_EXHAUSTION']

/** The first, and those behind it that are true alone: one mistake, a tab above all, makes the parser complain about lines that are right. */
export function reportSyntaxErrors(
  source: SourceText,
  all: readonly SyntaxError[],
  openedBefore: OpenedBefore,
  report: SyntaxReport,
): void {
  const errors = all.toSorted((a, b) => a.pos[0] - b.pos[0]).slice(0, MOST_ERRORS)
  const hasTab = errors.some(({ code }) => code === 'TAB_AS_INDENT')
  const lines = new Set<number>()
  let keyWithoutColon: number | undefined
  for (const error of errors) {
    const { line } = source.positionOf(error.pos[0])
    if (lines.has(line) || lines.size === MOST_LINES) continue
    const found = syntaxCause(source, error.pos[0], error.message)
    if ((lines.size > 0 || hasTab) && !found.isProven && !INDEPENDENT.includes(error.code)) continue
    // The parser joins a key without its colon with the line below, so a colon there is not the second one.
    if (line - 1 === keyWithoutColon && found.cause.type === 'second-colon') continue
    lines.add(line)
    if (found.cause.type === 'no-colon') keyWithoutColon = line
    reportOne(source, error, found, openedBefore, report)
    // Both versions and the other marks follow.
    if (found.cause.type === 'merge-conflict') return
  }
}

function reportOne(
  source: SourceText,
  { code, message, pos: [start, end] }: SyntaxError,
  { cause, at }: ReturnType<typeof syntaxCause>,
  openedBefore: OpenedBefore,
  report: SyntaxReport,
): void {
  const spanAt = (from: number, length: number) => spanOfRange(source, [from, from + length])
  const span = spanAt(start, Math.max(0, end - start))
  const opened = isOfBrackets(message) ? openedBefore(start) : undefined
  const { line, col } = source.positionOf(start)
  if (opened !== undefined && source.line(line).startsWith('\t'))
    report.at('yaml-tab', spanAt(start - col + 1, 1), {})
  else if (cause.type === 'template')
    report.at('template-unfilled', spanAt(at, cause.template.length), { template: cause.template })
  else if (opened !== undefined && code === 'BAD_INDENT' && isClosed(source.text, opened))
    report.at('yaml-indentation', spanAt(start, 0), { fault: 'brackets' })
  else if (opened !== undefined && (!message.startsWith(PAIR) || !isClosed(source.text, opened)))
    report.at('yaml-unclosed', spanAt(opened, 1), {
      mark: source.text[opened] ?? '',
      hasComment: isCut(source, opened),
    })
  else if (code === 'MULTIPLE_DOCS') report.at('source-second-document', spanAt(start, 0), { line: line })
  else if (code === 'TAB_AS_INDENT') report.at('yaml-tab', span, {})
  else if (code === 'RESOURCE_EXHAUSTION') report.at('yaml-too-deep', span, { limit: 100 })
  else if (cause.type === 'indentation') report.at('yaml-indentation', spanAt(at, 0), cause)
  else
    report.at('yaml-syntax', at === start ? span : spanAt(at, 0), {
      cause: cause.type,
      detail: message.replace(/\.$/, '').split('\n')[0] ?? message,
    })
}

/** The parser's message for a key in a list that begins in the line above it: a comma or the closing bracket is missing. */
const PAIR = 'Implicit keys of flow sequence'

function isOfBrackets(message: string): boolean {
  return /^(Flow|Missing closing)/.test(message) || message.startsWith(PAIR)
}

/** Whether a comment in the line of a bracket takes the rest of it, and a closing bracket with that. */
function isCut(source: SourceText, opened: number): boolean {
  if (CLOSING[source.text[opened] ?? ''] === undefined) return false
  const { line, col } = source.positionOf(opened)
  const rest = source.line(line).slice(col)
  return /^\s*#.*[\]}]/.test(rest.slice(withoutQuotes(rest).trimEnd().length))
}

/** Whether a bracket is closed somewhere by its own kind. What is in quotes or in a comment does not count. */
function isClosed(text: string, opened: number): boolean {
  const awaited: string[] = []
  for (const line of text.slice(opened).split('\n')) {
    for (const char of withoutQuotes(line)) {
      const closing = CLOSING[char]
      if (closing !== undefined) awaited.push(closing)
      else if (char === ']' || char === '}') {
        if (awaited.pop() !== char) return false
        if (awaited.length === 0) return true
      }
    }
  }
  return false
}
