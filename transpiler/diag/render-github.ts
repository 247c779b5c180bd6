/** Problems as GitHub's workflow commands: they show up next to the changed lines. */
import type { Diagnostic } from './diagnostic.ts'
import type { Rendered } from './render-pretty.ts'

export function renderGithub({ diagnostics }: Rendered): string {
  return diagnostics.map(diagnostic => `${commandOf(diagnostic)}\n`).join('')
}

function commandOf({ code, severity, message, hint, location }: Diagnostic): string {
  const place = location
    ? [
        `file=${property(location.file)}`,
        `line=${location.line}`,
        `col=${location.col}`,
        `endLine=${location.endLine}`,
        `endColumn=${location.endCol}`,
      ]
    : []
  const text = hint === undefined ? message : `${message}\n${hint}`
  return `::${severity} ${[...place, `title=${property(code)}`].join(',')}::${escaped(text)}`
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
