/** Problems for people: place, message, the line itself, and what to do. */
import { pathText } from '../path.ts'
import type { SourceText } from '../yaml/source.ts'
import type { Diagnostic, Location } from './diagnostic.ts'
import { frameOf, printable } from './frame.ts'

/** Diagnostics with the sources they point into. */
export interface Rendered {
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: readonly SourceText[]
}

const RED = 31
const YELLOW = 33
const CYAN = 36

export function renderPretty({ diagnostics, sources }: Rendered, color = false): string {
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text)
  return diagnostics.map(diagnostic => `${linesOf(diagnostic, sources, paint).join('\n')}\n`).join('\n')
}

function linesOf(
  diagnostic: Diagnostic,
  sources: readonly SourceText[],
  paint: (code: number, text: string) => string,
): string[] {
  const { code, severity, message, hint, path, location, related } = diagnostic
  const source = sources.find(({ name }) => name === location?.file)
  const tone = severity === 'error' ? RED : YELLOW
  const where = path.length === 0 ? '' : ` at ${printable(pathText(path))}`
  const frame = source && location ? frameOf(source, location) : []
  const [shown, carets] = frame
  return [
    `${placeOf(location)}${paint(tone, `${severity}[${code}]`)}${where}`,
    `  ${printable(message)}`,
    ...(shown && carets ? [`  ${shown}`, `  ${carets.replace(/\^+$/, marks => paint(tone, marks))}`] : []),
    ...(related ?? []).map(one => `  ${placeOf(one.location)}${printable(one.message)}`),
    ...(hint === undefined ? [] : [`  ${paint(CYAN, 'hint:')} ${printable(hint)}`]),
  ]
}

function placeOf(location: Location | undefined): string {
  return location ? `${printable(location.file)}:${location.line}:${location.col}: ` : ''
}

/** `2 errors, 1 warning`; empty without any. */
export function summaryOf(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: string) => diagnostics.filter(one => one.severity === severity).length
  const words = (number: number, word: string) =>
    number === 0 ? [] : [`${number} ${word}${number === 1 ? '' : 's'}`]
  return [...words(count('error'), 'error'), ...words(count('warning'), 'warning')].join(', ')
}
