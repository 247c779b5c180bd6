import { parseArgs } from 'node:util'
import { VmError } from '../../src/vm/vm.ts'
import { StepFailed, step } from '../progress.mjs'
import { benchCommandLine } from './command-line.ts'
import { benchJoin } from './join.ts'
import { benchLinks } from './links.ts'
import { benchMemory } from './memory.ts'
import { benchNetwork } from './network.ts'
import { benchNode } from './node.ts'
import { conditions, writeSection } from './page.ts'
import { benchSizes } from './sizes.ts'
import { benchSources } from './sources.ts'
import { type Line, table } from './table.ts'
import { benchVersions } from './versions.ts'
import type { Workspace } from './workspace.ts'

type Part = {
  name: string
  measure: (workspace: Workspace, write: (what: string) => void) => Promise<Line[]>
}

/** The parts, in their order; each has a section of its name in docs/benchmarks.md. */
const PARTS: readonly Part[] = [
  { name: 'command-line', measure: benchCommandLine },
  { name: 'sizes', measure: benchSizes },
  { name: 'versions', measure: benchVersions },
  { name: 'sources', measure: benchSources },
  { name: 'network', measure: benchNetwork },
  { name: 'links', measure: benchLinks },
  { name: 'node', measure: benchNode },
  { name: 'join', measure: benchJoin },
  { name: 'memory', measure: benchMemory },
]

const NAMES = PARTS.map(({ name }) => name)

/** Measures the parts, all or those of `--only`, and writes the table of each as soon as it is there. True if none failed. */
export async function bench(workspace: Workspace, argv: string[]): Promise<boolean> {
  const wanted = wantedOf(argv)
  if (!wanted) {
    process.stderr.write(`usage: npm run bench -- [--only ${NAMES.join(',')}]\n`)
    return false
  }
  // Before the first table is written: from then on the checkout has a change.
  const where = conditions()
  const failed: string[] = []
  for (const { name, measure } of wanted) {
    const write = (what: string) => void process.stderr.write(`  ${name}: ${what}\n`)
    try {
      const lines = await step(`${name} measured`, () => measure(workspace, write))
      const measured = `${where}\n\n${table(lines)}\n`
      process.stdout.write(`\n## ${name}\n${measured}\n`)
      writeSection(name, measured)
    } catch (error) {
      failed.push(name)
      process.stderr.write(`${failureText(error as Error)}\n`)
    }
  }
  if (failed.length > 0)
    process.stderr.write(`not measured, and their tables left as they were: ${failed.join(', ')}\n`)
  return failed.length === 0
}

const CONSOLE_LINES = 15

/** What went wrong; of a machine, the end of its console, with which its message ends. */
function failureText(error: Error): string {
  if (error instanceof VmError)
    return [error.reason, ...error.message.trimEnd().split('\n').slice(-CONSOLE_LINES)].join('\n')
  return error instanceof StepFailed ? error.message : String(error.stack)
}

/** The parts that the words ask for; nothing when they are not understood. */
function wantedOf(argv: string[]): readonly Part[] | undefined {
  try {
    const { only } = parseArgs({ args: argv, options: { only: { type: 'string' } } }).values
    const wanted = only?.split(',') ?? NAMES
    if (wanted.every(name => NAMES.includes(name))) return PARTS.filter(({ name }) => wanted.includes(name))
  } catch {
    // The usage says it.
  }
  return undefined
}
