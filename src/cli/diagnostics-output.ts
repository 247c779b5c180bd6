/** Options and output that every command with diagnostics has in common. */

import { renderGithub } from '../../transpiler/diag/render-github.ts'
import { renderJson } from '../../transpiler/diag/render-json.ts'
import { type Rendered, renderPretty, summaryOf } from '../../transpiler/diag/render-pretty.ts'
import { renderSarif } from '../../transpiler/diag/render-sarif.ts'
import type { Command } from './command-line.ts'
import type { Env } from './env.ts'
import { choiceOption } from './options.ts'

/** Every form that diagnostics can have. */
const FORMATS = { pretty: renderPretty, json: renderJson, github: renderGithub, sarif: renderSarif } as const
const COLORS = ['auto', 'always', 'never'] as const

export interface DiagnosticsOptions {
  readonly format: keyof typeof FORMATS
  readonly color: (typeof COLORS)[number]
}

/** Gives a command the options that say how its diagnostics look. */
export function withDiagnosticsOptions(command: Command): Command {
  return command
    .addOption(
      choiceOption('--format <format>', 'format of the diagnostics', Object.keys(FORMATS)).default('pretty'),
    )
    .addOption(choiceOption('--color <when>', 'color of the diagnostics', COLORS).default('auto'))
}

/** The diagnostics as text; for people with a count at the end. */
export function formatDiagnostics(
  rendered: Rendered,
  { format, color }: DiagnosticsOptions,
  stream: 'stdout' | 'stderr',
  env: Env,
): string {
  if (format !== 'pretty') return FORMATS[format](rendered)
  const summary = summaryOf(rendered.diagnostics)
  return summary === '' ? '' : `${renderPretty(rendered, hasColor(color, stream, env))}\n${summary}\n`
}

function hasColor(
  color: DiagnosticsOptions['color'],
  stream: 'stdout' | 'stderr',
  { vars, isTerminal }: Env,
): boolean {
  if (color !== 'auto') return color === 'always'
  return isTerminal[stream] && !vars['NO_COLOR'] && vars['TERM'] !== 'dumb'
}
