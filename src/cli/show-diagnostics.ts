/** Options and output that every command with diagnostics has in common. */

import { renderGithub } from '../../transpiler/diag/render-github.ts'
import { renderJson } from '../../transpiler/diag/render-json.ts'
import { type Rendered, renderPretty, summaryOf } from '../../transpiler/diag/render-pretty.ts'
import { renderSarif } from '../../transpiler/diag/render-sarif.ts'
import type { Env } from './env.ts'
import type { OptionRow } from './plain-arguments.ts'

/** Every form that diagnostics can have. */
const FORMATS = { pretty: renderPretty, json: renderJson, github: renderGithub, sarif: renderSarif } as const
const COLORS = ['auto', 'always', 'never'] as const

export interface ShowOptions {
  readonly format: keyof typeof FORMATS
  readonly color: (typeof COLORS)[number]
}

export const SHOW_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--format <format>',
    description: 'form of the diagnostics',
    choices: Object.keys(FORMATS),
    default: 'pretty',
  },
  { flags: '--color <when>', description: 'color of the diagnostics', choices: COLORS, default: 'auto' },
]

/** The diagnostics as text; for people with a count at the end. */
export function shown(
  rendered: Rendered,
  { format, color }: ShowOptions,
  stream: 'stdout' | 'stderr',
  env: Env,
): string {
  if (format !== 'pretty') return FORMATS[format](rendered)
  const summary = summaryOf(rendered.diagnostics)
  return summary === '' ? '' : `${renderPretty(rendered, hasColor(color, stream, env))}\n${summary}\n`
}

function hasColor(
  color: ShowOptions['color'],
  stream: 'stdout' | 'stderr',
  { vars, isTerminal }: Env,
): boolean {
  if (color !== 'auto') return color === 'always'
  return isTerminal[stream] && !vars['NO_COLOR'] && vars['TERM'] !== 'dumb'
}
