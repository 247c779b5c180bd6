/** keelctl plan: what init would do to a machine, asked of init itself. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { readMachineConfig, transpile } from '../../transpiler/index.ts'
import { findCheckout } from '../checkout.ts'
import { Command } from '../command-line.ts'
import type { Env } from '../env.ts'
import { UsageFailure, WorldFailure } from '../failure.ts'
import { readLocalWith, readSources } from '../read-sources.ts'
import { type ShowOptions, shown, withShowOptions } from '../show-diagnostics.ts'

interface Options extends ShowOptions {
  readonly observation?: string
  readonly disk?: string[]
  readonly keelInit?: string
  readonly json?: true
}

const TARGET = 'x86_64-unknown-linux-gnu'

/** 0: planned. 1: the config has errors, or init refuses it on this machine. */
export function plan(files: readonly string[], options: Options, env: Env): 0 | 1 {
  const machine = machineOf(files, options, env)
  if (machine === undefined) return 1
  const init = findInit(options.keelInit, env)
  const folder = mkdtempSync(join(tmpdir(), 'keel-plan-'))
  try {
    writeFileSync(join(folder, 'machine.json'), machine, { mode: 0o600 })
    const observation = options.observation ?? join(folder, 'observation.json')
    if (options.observation === undefined)
      writeFileSync(observation, ask(init, ['observe', ...disksOf(options)]).text)
    const { text, code } = ask(init, [
      'plan',
      '--config',
      join(folder, 'machine.json'),
      '--observation',
      observation,
    ])
    env.stdout(options.json ? text : tableOf(text))
    return code === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function disksOf({ disk }: Options): string[] {
  return (disk ?? []).flatMap(image => ['--disk', image])
}

/** The machine config: as it is, or transpiled. */
function machineOf(files: readonly string[], options: Options, env: Env): string | undefined {
  const sources = readSources(files, env)
  const [only] = sources
  if (sources.length === 1 && only !== undefined && only.name.endsWith('.json')) {
    const bytes = typeof only.text === 'string' ? Buffer.from(only.text) : only.text
    const read = readMachineConfig(bytes)
    if ('machine' in read) return read.text
    env.stderr(
      `keelctl: ${only.name} is no machine config: ${read.problem.pointer} ${read.problem.message}\n`,
    )
    return undefined
  }
  const result = transpile(sources, { readLocal: readLocalWith(env) })
  env.stderr(shown(result, options, 'stderr', env))
  return result.text
}

/** keel-init by --keel-init, by KEEL_INIT, in a checkout's build, or on the PATH. */
function findInit(named: string | undefined, env: Env): string {
  const checkout = findCheckout(env)
  const target = env.vars['CARGO_TARGET_DIR'] ?? (checkout && join(checkout, 'init-stub', 'target'))
  const builds = target ? ['release', 'debug'].map(kind => join(target, TARGET, kind, 'keel-init')) : []
  const onPath = (env.vars['PATH'] ?? '').split(delimiter).map(folder => join(folder, 'keel-init'))
  const given = named ?? env.vars['KEEL_INIT']
  if (given !== undefined && !env.fs.existsSync(given))
    throw new WorldFailure(`there is no keel-init at ${given}`)
  const found = given ?? [...builds, ...onPath].find(file => env.fs.existsSync(file))
  if (found !== undefined) return found
  throw new WorldFailure(
    'a plan is made by keel-init, and there is none: name it with --keel-init, put it on the PATH, or build it in a checkout (cd init-stub && cargo build)',
  )
}

/** Runs keel-init; exit code 1 is an answer, anything else is not. */
function ask(init: string, args: readonly string[]): { text: string; code: number } {
  try {
    return {
      text: execFileSync(init, args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 2 ** 28,
      }),
      code: 0,
    }
  } catch (error) {
    const { status, stdout, stderr } = error as { status?: number; stdout?: string; stderr?: string }
    if (status === 1 && stdout) return { text: stdout, code: 1 }
    throw new WorldFailure(`keel-init ${args[0]} failed: ${(stderr || String(error)).trim()}`)
  }
}

interface Planned {
  readonly actions?: readonly Readonly<Record<string, unknown>>[]
  readonly refusal?: {
    readonly code: string
    readonly object: string
    readonly detail?: string
    readonly pointer?: string
  }
}

function tableOf(text: string): string {
  const { actions, refusal }: Planned = JSON.parse(text)
  if (refusal !== undefined) {
    const { code, object, detail, pointer } = refusal
    return `refused: ${code} (${object})${pointer ? ` at ${pointer}` : ''}\n${detail ? `  ${detail}\n` : ''}  keelctl explain ${code} says what to do\n`
  }
  const all = actions ?? []
  const rows = all.map(
    (action, i) =>
      `${String(i + 1).padStart(3)}  ${Object.entries(action)
        .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(' ')}`,
  )
  return `${[...rows, `${all.length} actions`].join('\n')}\n`
}

export const command = (env: Env): Command =>
  withShowOptions(new Command('plan'))
    .description('show what init would do to a machine, in order; change nothing')
    .argument('[files...]', 'node configs, or one machine config (.json); - is standard input')
    .option('--disk <image...>', 'raw disk images to look at instead of the disks of this machine')
    .option('--observation <file>', 'what keel-init observe wrote, instead of looking now')
    .option('--keel-init <program>', 'the keel-init to ask')
    .option('--json', 'actions as JSON')
    .addHelpText('before', examples)
    .action((files: string[], options: Options) => {
      if (options.disk && options.observation)
        throw new UsageFailure('give --disk or --observation, not both')
      process.exitCode = plan(files, options, env)
    })

const examples = `Examples:
  keelctl plan worker.keel.yaml --disk disk.raw
  keelctl plan worker.machine.json --observation observation.json --json

`
