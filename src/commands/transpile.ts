/** keelctl transpile: node configs in, one machine config out. */
import process from 'node:process'
import { type Result, secretsIn, transpile } from '../../transpiler/index.ts'
import { Command } from '../cli/command-line.ts'
import {
  type DiagnosticsOptions,
  formatDiagnostics,
  withDiagnosticsOptions,
} from '../cli/diagnostics-output.ts'
import type { Env } from '../cli/env.ts'
import { UsageError } from '../cli/errors.ts'
import { refuseOverwriting, writeAtomically } from '../cli/write-file.ts'
import { readLocalWith, readSources } from '../config/read-sources.ts'

interface Options extends DiagnosticsOptions {
  readonly output?: string
  readonly map?: string
  readonly strict?: boolean
}

/** 0: written. 1: the config has errors, or warnings with --strict; nothing is written. */
export async function transpileFiles(files: readonly string[], options: Options, env: Env): Promise<0 | 1> {
  const { output, map } = options
  if (map === '-') throw new UsageError('a map is a file of its own: give its name with --map')
  refuseOverwriting(files, [output, map], env)
  const result = transpile(readSources(files, env), { readLocal: readLocalWith(env) })
  const report = formatDiagnostics(result, options, 'stderr', env)
  if (report !== '' && (options.format !== 'pretty' || result.diagnostics.length > 0)) env.stderr(report)
  if (result.text === undefined || (options.strict && result.diagnostics.length > 0)) return 1
  if (output === undefined) refuseTerminal(result, env)
  if (map !== undefined) await writeMap(map, result, env)
  if (output === undefined || output === '-') env.stdout(result.text)
  else writeAtomically(output, result.text, env)
  return 0
}

/** A terminal keeps what was on it. `-o -` says that this is wanted. */
function refuseTerminal({ machine }: Result, { isTerminal }: Env): void {
  const [secret] = isTerminal.stdout && machine !== undefined ? secretsIn(machine) : []
  if (secret !== undefined)
    throw new UsageError(
      `this machine config holds a secret (${secret}) and standard output is a terminal; write it to a file with -o, or into a pipe`,
    )
}

/** Loaded only when it is wanted: most runs write no map. */
async function writeMap(file: string, result: Result, env: Env): Promise<void> {
  const { mapOf } = await import('../config/origin-map.ts')
  writeAtomically(file, mapOf(result), env)
}

const examples = `Examples:
  keelctl transpile worker.keel.yaml -o worker.machine.json
  keelctl transpile base.keel.yaml worker.keel.yaml > worker.machine.json
  keelctl transpile - --strict < worker.keel.yaml
`

export const command = (env: Env): Command =>
  withDiagnosticsOptions(new Command())
    .argument('[files...]', 'node configs, joined in this order; - is standard input')
    .option('-o, --output <file>', 'output file, written atomically, readable only by you')
    .option('--map <file>', 'also write which line each part comes from, for keelctl explain --map')
    .option('--strict', 'treat warnings as errors')
    .addHelpText('before', examples)
    .action(async (files: string[], options: Options) => {
      process.exitCode = await transpileFiles(files, options, env)
    })
