/** Problems for programs. `formatVersion` grows when a field changes its meaning; new fields may come at any time. */
import { pointerOf } from '../path.ts'
import type { Diagnostic, Location } from './diagnostic.ts'
import type { Rendered } from './render-pretty.ts'

/** Page of a code. */
export const pageOf = (code: string): string => `https://keel.dev/docs/diagnostics#${code}`

export function renderJson({ diagnostics }: Rendered): string {
  const count = (severity: string) => diagnostics.filter(one => one.severity === severity).length
  const body = {
    formatVersion: 1,
    diagnostics: diagnostics.map(plain),
    summary: { errors: count('error'), warnings: count('warning') },
  }
  return `${JSON.stringify(body, null, 2)}\n`
}

function plain({ code, severity, message, hint, path, location, related }: Diagnostic): object {
  return {
    code,
    severity,
    message,
    hint,
    path,
    pointer: pointerOf(path),
    ...place(location),
    related: related?.map(one => ({
      message: one.message,
      pointer: pointerOf(one.path),
      ...place(one.location),
    })),
    url: pageOf(code),
  }
}

function place(location: Location | undefined): object {
  if (location === undefined) return {}
  const { file, line, col, endLine, endCol, start, end } = location
  return { file, line, col, endLine, endCol, offset: start, endOffset: end }
}
