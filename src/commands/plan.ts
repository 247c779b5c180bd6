/** keelctl plan: what init would do to a machine, asked of init itself. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'
import { findCheckout } from '../checkout.ts'
import { Command } from '../command-line.ts'
import { withOptions } from '../command-of.ts'
import type { Env } from '../env.ts'
import { reasonOf, UsageFailure, WorldFailure } from '../failure.ts'
import { IMAGE_DIR } from '../image-files.ts'
import { type GivenMachine, machineOf } from '../machine-of.ts'
import { SHOW_OPTIONS, type ShowOptions } from '../show-diagnostics.ts'

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
  const config = nameless(machine.text)
  const handed = [config]
  try {
    if (options.observation === undefined)
      handed.push(nameless(ask(init, ['observe', ...observed(options)], [config]).text))
    const observation = options.observation ?? handedAs(1)
    const argv = ['plan', '--config', handedAs(0), '--observation', observation]
    const { text, code } = ask(init, argv, handed)
    env.stdout(options.json ? text : tableOf(text, machine.lineOf))
    return code === 0 ? 0 : 1
  } finally {
    for (const file of handed) closeSync(file)
  }
}

/**
 * An open file without a name: a config may hold secrets, and nothing of it is left on this machine even if Ctrl-C ends
 * this process at once.
 */
function nameless(text: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'keel-plan-'))
  try {
    const file = openSync(join(folder, 'text'), 'wx+', 0o600)
    writeFileSync(file, text)
    return file
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The path by which keel-init reads one of the files that it is handed, counted from 0; they follow stdin, stdout and stderr. */
const handedAs = (index: number): string => `/proc/self/fd/${3 + index}`

/** Images have no files to look at; of this machine the config's paths are looked at as well. */
function observed({ disk }: Options): string[] {
  return disk === undefined ? ['--config', handedAs(0)] : disk.flatMap(image => ['--disk', image])
}

/** keel-init by --keel-init, by KEEL_INIT, in a checkout's build or beside its image, or on the PATH. */
function findInit(named: string | undefined, env: Env): string {
  const checkout = findCheckout(env)
  const target = env.vars['CARGO_TARGET_DIR'] ?? (checkout && join(checkout, 'init-stub', 'target'))
  const builds = target ? ['release', 'debug'].map(kind => join(target, TARGET, kind, 'keel-init')) : []
  const images = checkout ? [join(checkout, IMAGE_DIR, 'keel-init')] : []
  const onPath = (env.vars['PATH'] ?? '').split(delimiter).map(folder => join(folder, 'keel-init'))
  const given = named ?? env.vars['KEEL_INIT']
  if (given !== undefined && !env.fs.existsSync(resolve(env.cwd, given)))
    throw new WorldFailure(`there is no keel-init at ${given}`)
  const found = given ?? [...builds, ...images, ...onPath].find(file => env.fs.existsSync(file))
  // A name without a slash would be looked for on the PATH.
  if (found !== undefined) return resolve(env.cwd, found)
  throw new WorldFailure(
    'a plan is made by keel-init, and there is none: name it with --keel-init, put it on the PATH, or build an image in a checkout (keelctl image build)',
  )
}

/** Runs keel-init with open files handed to it; exit code 1 is an answer, anything else is not. */
function ask(init: string, args: readonly string[], handed: number[]): { text: string; code: number } {
  try {
    return {
      text: execFileSync(init, args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe', ...handed],
        maxBuffer: 2 ** 28,
      }),
      code: 0,
    }
  } catch (error) {
    const { status, stdout, stderr } = error as { status?: number; stdout?: string; stderr?: string }
    if (status === 1 && stdout) return { text: stdout, code: 1 }
    throw new WorldFailure(`keel-init ${args[0]} failed: ${stderr?.trim() || reasonOf(error)}`)
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

function tableOf(text: string, lineOf: GivenMachine['lineOf']): string {
  const { actions, refusal } = plannedIn(text)
  if (refusal === undefined)
    return `${[...(actions ?? []).map(rowOf), `${actions?.length ?? 0} actions`].join('\n')}\n`
  const { code, object, detail, pointer } = refusal
  const line = pointer === undefined ? undefined : lineOf(pointer)
  const place = pointer === undefined ? '' : ` at ${pointer}`
  return [
    `refused: ${code} (${object})${place}`,
    ...(line === undefined ? [] : [`  ${line} asks for it`]),
    ...(detail === undefined ? [] : [`  ${detail}`]),
    `  keelctl explain ${code} says what to do`,
    '',
  ].join('\n')
}

function plannedIn(text: string): Planned {
  try {
    return JSON.parse(text)
  } catch {
    throw new WorldFailure('what was asked for a plan answers with none; it is no keel-init')
  }
}

/** Number, deed and object, then whatever else the action says. What an action erases has a line of its own. */
function rowOf(
  { action, object, durable, erases, ...rest }: Readonly<Record<string, unknown>>,
  index: number,
): string {
  const more = Object.entries(rest).filter(([, value]) => value !== object && typeof value !== 'object')
  const words = more.map(([key, value]) => `${key}=${value}`).join(' ')
  const lost = erases === undefined ? '' : `\n     erases ${erases}`
  return (
    `${String(index + 1).padStart(3)}  ${String(action).padEnd(17)}${object}  ${durable ? '' : '(in RAM) '}${words}`.trimEnd() +
    lost
  )
}

export const command = (env: Env): Command =>
  withOptions(new Command('plan'), SHOW_OPTIONS)
    .description('show what init would do to a machine, in order; change nothing')
    .argument('[files...]', 'node configs, or one machine config (.json); - is standard input')
    .option(
      '--disk <image...>',
      'raw disk images (file.raw or file.raw,serial=NAME) to look at instead of the disks of this machine',
    )
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
  keelctl plan worker.keel.yaml --disk disk.raw,serial=keel-disk
  keelctl plan worker.machine.json --observation observation.json --json
`
