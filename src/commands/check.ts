/** keelctl check: every problem in node configs; nothing is written. */
import process from 'node:process'
import { type Result, transpile } from '../../transpiler/index.ts'
import { Command } from '../cli/command-line.ts'
import {
  type DiagnosticsOptions,
  formatDiagnostics,
  withDiagnosticsOptions,
} from '../cli/diagnostics-output.ts'
import type { Env } from '../cli/env.ts'
import { readLocalWith, readSources } from '../config/read-sources.ts'

interface Options extends DiagnosticsOptions {
  readonly strict?: boolean
  readonly join?: boolean
}

/** 0: no errors. 1: a config has errors, or warnings with --strict. */
export function check(files: readonly string[], options: Options, env: Env): 0 | 1 {
  const sources = readSources(files, env)
  const configs = options.join ? [sources] : sources.map(source => [source])
  const results: Result[] = configs.map(config => transpile(config, { readLocal: readLocalWith(env) }))
  const all = {
    diagnostics: results.flatMap(({ diagnostics }) => diagnostics),
    sources: results.flatMap(result => result.sources),
  }
  env.stdout(formatDiagnostics(all, options, 'stdout', env))
  if (configs.length > 1 && results.some(isOfPart))
    env.stderr('keelctl: each file was checked on its own; fragments of one config are checked with --join\n')
  const isBad = all.diagnostics.some(({ severity }) => options.strict || severity === 'error')
  return isBad ? 1 : 0
}

/** Whether a config lacks what every config has, as a fragment does. */
function isOfPart({ diagnostics }: Result): boolean {
  return diagnostics.some(({ code, path }) => code === 'schema-missing-key' && path.length === 0)
}

const examples = `Examples:
  keelctl check worker.keel.yaml
  keelctl check --strict --format github nodes/*.keel.yaml
  keelctl check --join base.keel.yaml worker.keel.yaml
`

export const command = (env: Env): Command =>
  withDiagnosticsOptions(new Command())
    .argument('[files...]', 'node configs, each on its own; - is standard input')
    .option('--join', 'the files are fragments of one node config')
    .option('--strict', 'treat warnings as errors')
    .addHelpText('before', examples)
    .action((files: string[], options: Options) => {
      process.exitCode = check(files, options, env)
    })
