import type { Spread } from './statistics.ts'

/** One line of the table in docs/benchmarks.md. */
export type Line = {
  what: string
  unit: 'ms' | 'MiB' | 'MB' | 's' | ''
  value: Spread | number | undefined
  /** What the value is divided by, and what that is called. Without it the goal is a value, else a ratio. */
  baseline?: string
  base?: Spread | number | undefined
  /** Largest value, or largest ratio, that is good enough. */
  goal?: number
  /** What a peer takes, from its own measurement. */
  peer?: string
}

const middle = (value: Line['value']): number =>
  value === undefined ? Number.NaN : typeof value === 'number' ? value : value.median

const digits = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)

function shown(value: Line['value'], unit: string): string {
  if (value === undefined) return 'not measured'
  if (typeof value === 'number') return `${digits(value)} ${unit}`.trim()
  return `${digits(value.median)} ${unit} (${digits(value.min)}–${digits(value.max)})`
}

/** The ratio to the baseline, or the value itself where there is none: what the goal is held against. */
export function ratioOf(line: Line): number {
  return line.base === undefined ? middle(line.value) : middle(line.value) / middle(line.base)
}

/** The table in Markdown: median and range, ratio to the baseline of the same run, goal, verdict. */
export function table(lines: readonly Line[]): string {
  const head = ['what', 'measured', 'baseline of the same run', 'ratio', 'goal', 'met', 'peer']
  const rows = lines.map(line => [
    line.what,
    shown(line.value, line.unit),
    line.base === undefined ? '' : `${line.baseline}: ${shown(line.base, line.unit)}`,
    line.base === undefined ? '' : ratioOf(line).toFixed(2),
    line.goal === undefined ? '' : `≤ ${line.goal}${line.base === undefined ? ` ${line.unit}` : ''}`.trim(),
    line.goal === undefined ? '' : ratioOf(line) <= line.goal ? 'yes' : '**no**',
    line.peer ?? '',
  ])
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
