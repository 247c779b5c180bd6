/** Options and output that every command with diagnostics has in common. */

import { renderGithub } from '../transpiler/diag/render-github.ts'
import { renderJson } from '../transpiler/diag/render-json.ts'
import { type Rendered, renderPretty, summaryOf } from '../transpiler/diag/render-pretty.ts'
import { renderSarif } from '../transpiler/diag/render-sarif.ts'
import { nearest } from '../transpiler/index.ts'
import { type Command, InvalidArgumentError, Option } from './command-line.ts'
import type { Env } from './env.ts'

/** Every form that diagnostics can have. */
const FORMATS = { pretty: renderPretty, json: renderJson, github: renderGithub, sarif: renderSarif } as const
const COLORS = ['auto', 'always', 'never'] as const

export interface ShowOptions {
  readonly format: keyof typeof FORMATS
  readonly color: (typeof COLORS)[number]
}

export function withShowOptions(command: Command): Command {
  return command
    .addOption(choice('--format <format>', 'form of the diagnostics', Object.keys(FORMATS)).default('pretty'))
    .addOption(choice('--color <when>', 'color of the diagnostics', COLORS).default('auto'))
}

/** An option whose value is one of a few; a slip gets a suggestion. */
export function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, `${description} (${choices.join(', ')})`).argParser(value => {
    if (choices.includes(value)) return value
    const near = nearest(value, choices)
    throw new InvalidArgumentError(
      near === undefined ? `Allowed choices are ${choices.join(', ')}.` : `Did you mean ${near}?`,
    )
  })
}

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
