/** keelctl plan: what init would do to a machine, asked of init itself. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'
import { Command } from '../cli/command-line.ts'
import { type DiagnosticsOptions, withDiagnosticsOptions } from '../cli/diagnostics-output.ts'
import type { Env } from '../cli/env.ts'
import { EnvironmentError, reasonOf, UsageError } from '../cli/errors.ts'
import { type ResolvedMachineConfig, resolveMachineConfig } from '../config/machine-config.ts'
import { findCheckout } from '../image/checkout.ts'
import { IMAGE_DIR } from '../image/image-files.ts'
import { type SpaceUnused, unusedText } from '../vm/event-text.ts'
import { missingText, type NetworkPlan, operationText } from '../vm/network-plan.ts'

interface Options extends DiagnosticsOptions {
  readonly observation?: string
  readonly disk?: string[]
  readonly keelInit?: string
  readonly json?: true
}

const TARGET = 'x86_64-unknown-linux-gnu'

/** 0: planned. 1: the config has errors, or a boot with it fails on this machine. */
export function plan(files: readonly string[], options: Options, env: Env): 0 | 1 {
  const machine = resolveMachineConfig(files, options, env)
  if (machine === undefined) return 1
  const init = findInit(options.keelInit, env)
  const config = openUnnamedFile(machine.text)
  const inherited = [config]
  try {
    if (options.observation === undefined)
      inherited.push(openUnnamedFile(runKeelInit(init, ['observe', ...observeArgs(options)], [config]).text))
    const observation = options.observation ?? inheritedPath(1)
    const argv = ['plan', '--config', inheritedPath(0), '--observation', observation]
    const { text, code } = runKeelInit(init, argv, inherited)
    const plan = parsePlan(text)
    env.stdout(options.json ? text : planTable(plan, machine.lineOf))
    return code === 0 && !plan.network?.missing.some(({ needed }) => needed) ? 0 : 1
  } finally {
    for (const file of inherited) closeSync(file)
  }
}

/**
 * An open file without a name: a config may hold secrets, and no part of it is left on this machine even if Ctrl-C ends
 * this process at once.
 */
function openUnnamedFile(text: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'keel-plan-'))
  try {
    const file = openSync(join(folder, 'text'), 'wx+', 0o600)
    writeFileSync(file, text)
    return file
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The path by which keel-init reads one of the files that it inherits, counted from 0; they follow stdin, stdout and stderr. */
const inheritedPath = (index: number): string => `/proc/self/fd/${3 + index}`

/** The config's paths are looked at as well: on this machine, or on the filesystems inside the images. */
function observeArgs({ disk }: Options): string[] {
  return ['--config', inheritedPath(0), ...(disk ?? []).flatMap(image => ['--disk', image])]
}

/** keel-init by --keel-init, by KEEL_INIT, in a checkout's build or next to its image, or on the PATH. */
function findInit(named: string | undefined, env: Env): string {
  const checkout = findCheckout(env)
  const target = env.vars['CARGO_TARGET_DIR'] ?? (checkout && join(checkout, 'init-stub', 'target'))
  const builds = target ? ['release', 'debug'].map(kind => join(target, TARGET, kind, 'keel-init')) : []
  const images = checkout ? [join(checkout, IMAGE_DIR, 'keel-init')] : []
  const onPath = (env.vars['PATH'] ?? '').split(delimiter).map(folder => join(folder, 'keel-init'))
  const given = named ?? env.vars['KEEL_INIT']
  if (given !== undefined && !env.fs.existsSync(resolve(env.cwd, given)))
    throw new EnvironmentError(`there is no keel-init at ${given}`)
  const found = given ?? [...builds, ...images, ...onPath].find(file => env.fs.existsSync(file))
  // A name without a slash would be looked for on the PATH.
  if (found !== undefined) return resolve(env.cwd, found)
  throw new EnvironmentError(
    'a plan is made by keel-init, and there is none: name it with --keel-init, put it on the PATH, or build an image in a checkout (keelctl image build)',
  )
}

/** Runs keel-init with open files that it inherits; exit code 1 is an answer, anything else is not. */
function runKeelInit(
  init: string,
  args: readonly string[],
  inherited: number[],
): { text: string; code: number } {
  try {
    return {
      text: execFileSync(init, args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe', ...inherited],
        maxBuffer: 2 ** 28,
      }),
      code: 0,
    }
  } catch (error) {
    const { status, stdout, stderr } = error as { status?: number; stdout?: string; stderr?: string }
    if (status === 1 && stdout) return { text: stdout, code: 1 }
    throw new EnvironmentError(`keel-init ${args[0]} failed: ${stderr?.trim() || reasonOf(error)}`)
  }
}

interface Plan {
  readonly actions?: readonly Readonly<Record<string, unknown>>[]
  readonly unused?: readonly SpaceUnused[]
  readonly refusal?: {
    readonly code: string
    readonly object: string
    readonly detail?: string
    readonly pointer?: string
  }
  readonly network?: NetworkPlan
}

function planTable(
  { actions = [], unused = [], refusal, network }: Plan,
  lineOf: ResolvedMachineConfig['lineOf'],
): string {
  if (refusal === undefined) {
    const operations = network?.operations ?? []
    const rows = [
      ...actions.map(planRow),
      ...unused.map(unusedText),
      ...operations.map((operation, i) => `${numberText(actions.length + i)}  ${operationText(operation)}`),
      ...(network?.hasMore ? ['     more follows when this is done'] : []),
      ...(network?.missing ?? []).map(one => `     ${missingText(one, lineOf(one.pointer))}`),
    ]
    return `${[...rows, countText(actions.length + operations.length)].join('\n')}\n`
  }
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

function parsePlan(text: string): Plan {
  try {
    return JSON.parse(text)
  } catch {
    throw new EnvironmentError('the program that was asked for a plan printed none; is it keel-init?')
  }
}

/** Number, action and object, then whatever else the action says. What an action erases has a line of its own. */
function planRow(
  { action, object, durable, erases, ...rest }: Readonly<Record<string, unknown>>,
  index: number,
): string {
  const more = Object.entries(rest).filter(([, value]) => value !== object && typeof value !== 'object')
  const words = more.map(([key, value]) => `${key}=${key === 'mode' ? octal(value) : value}`).join(' ')
  const lost = erases === undefined ? '' : `\n     erases ${erases}`
  return (
    `${numberText(index)}  ${String(action).padEnd(17)}${object}  ${durable ? '' : '(in RAM) '}${words}`.trimEnd() +
    lost
  )
}

const numberText = (index: number): string => String(index + 1).padStart(3)
const countText = (count: number): string => `${count} ${count === 1 ? 'action' : 'actions'}`

/** Permissions as people write them. */
const octal = (mode: unknown): string => Number(mode).toString(8).padStart(4, '0')

export const command = (env: Env): Command =>
  withDiagnosticsOptions(new Command())
    .argument('[files...]', 'node configs, or one machine config, packed or not; - is standard input')
    .option(
      '--disk <image...>',
      'raw disk images (file.raw or file.raw,serial=NAME) to look at instead of the disks of this machine; debugfs reads the files in them',
    )
    .option('--observation <file>', 'output of keel-init observe, instead of observing now')
    .option('--keel-init <program>', 'the keel-init to use')
    .option('--json', 'actions as JSON')
    .addHelpText('before', examples)
    .action((files: string[], options: Options) => {
      if (options.disk && options.observation) throw new UsageError('give --disk or --observation, not both')
      process.exitCode = plan(files, options, env)
    })

const examples = `Examples:
  keelctl plan worker.keel.yaml --disk disk.raw,serial=keel-disk
  keelctl plan worker.machine.json --observation observation.json --json
`
