/** Problems as SARIF 2.1.0, which code scanning services read. */
import { pathText } from '../path.ts'
import type { Diagnostic } from './diagnostic.ts'
import { pageOf } from './render-json.ts'
import type { Rendered } from './render-pretty.ts'

export function renderSarif({ diagnostics }: Rendered): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort()
  const body = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'keelctl', rules: codes.map(id => ({ id, helpUri: pageOf(id) })) } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map(resultOf),
      },
    ],
  }
  return `${JSON.stringify(body, null, 2)}\n`
}

function resultOf({ code, severity, message, hint, path, location }: Diagnostic): object {
  const text = hint === undefined ? message : `${message}. ${hint}`
  if (location === undefined) return { ruleId: code, level: severity, message: { text } }
  const { file, line, col, endLine, endCol } = location
  return {
    ruleId: code,
    level: severity,
    message: { text },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file },
          region: { startLine: line, startColumn: col, endLine, endColumn: endCol },
        },
        logicalLocations: [{ fullyQualifiedName: pathText(path) }],
      },
    ],
  }
}
