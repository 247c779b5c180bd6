/** Runs steps: the only writer. A step whose key is in the cache is not run; a step that fails leaves nothing behind. */

import { BuildFailed, type Environment } from './environment.ts'
import { keyOf, sha256 } from './keys.ts'
import type { Mirror } from './mirror.ts'
import type { Command, Probe, Step, TreeEntry } from './step.ts'

/** Where things are. */
export interface BuildFolders {
  readonly checkout: string
  readonly cache: string
}

/** A step's output folder and the key it was found or made under. */
export interface StepOutput {
  readonly dir: string
  readonly key: string
}

/** Folders of every step so far, by id. */
export type Outputs = Map<string, StepOutput>

/** Runs the steps from top to bottom and adds their outputs. */
export async function apply(
  steps: readonly Step[],
  outputs: Outputs,
  places: BuildFolders,
  environment: Environment,
  mirror: Mirror,
): Promise<void> {
  for (const step of steps) {
    const made = await locate(step, outputs, places, environment)
    if (environment.fs.exists(made.dir)) environment.fs.touch(made.dir)
    else
      await environment.progress.step(step.label, () =>
        make(step, made, outputs, places, environment, mirror),
      )
    outputs.set(step.id, made)
  }
}

/** Outputs of one step that are kept: a few, so that going back and forth between two branches stays quick. */
const KEPT = 4

/** Drops the outputs that were not used for longest. */
export function prune({ cache }: BuildFolders, { fs }: Environment): void {
  const byStep = new Map<string, string[]>()
  for (const name of fs.list(`${cache}/steps`)) {
    const id = name.slice(0, name.lastIndexOf('-'))
    byStep.set(id, [...(byStep.get(id) ?? []), `${cache}/steps/${name}`])
  }
  for (const dirs of byStep.values()) {
    const newestFirst = dirs.sort((a, b) => fs.usedAt(b) - fs.usedAt(a))
    for (const dir of newestFirst.slice(KEPT)) fs.remove(dir)
  }
}

/** Where the output of a step is, or will be. */
export async function locate(
  step: Step,
  outputs: Outputs,
  places: BuildFolders,
  environment: Environment,
): Promise<StepOutput> {
  const answers: string[] = []
  for (const probe of step.probes) answers.push(await answerOf(probe, environment))
  const needs = step.needs.map(id => outputs.get(id)?.key ?? '')
  const key = keyOf(step, answers, needs, places.checkout, environment.fs)
  return { dir: `${places.cache}/steps/${step.folder ?? step.id}-${key.slice(0, 20)}`, key }
}

async function answerOf({ argv, file }: Probe, environment: Environment): Promise<string> {
  const { code, output } = await environment.run(argv)
  if (code !== 0)
    throw new BuildFailed(
      `${argv.join(' ')} ended with ${code}: ${output.trim()}`,
      `install what provides ${argv[0]}`,
    )
  return file ? `${argv.join(' ')} ${sha256(environment.fs.read(output.trim()))}` : output
}

async function make(
  step: Step,
  made: StepOutput,
  outputs: Outputs,
  places: BuildFolders,
  environment: Environment,
  mirror: Mirror,
): Promise<void> {
  const scratch = `${places.cache}/tmp/${step.id}`
  const [out, work] = [`${scratch}/out`, `${scratch}/work`]
  environment.fs.remove(scratch)
  for (const dir of [out, work, `${places.cache}/steps`]) environment.fs.mkdir(dir)
  // Its mode becomes that of `/`.
  environment.fs.mkdir(`${work}/root`, 0o755)
  layOut(step.tree ?? [], `${work}/root`, environment)
  const folders = {
    out,
    work,
    checkout: places.checkout,
    cache: places.cache,
    ...dirsOf(step.needs, outputs),
  }
  const env = step.suites ? await mirror.env() : {}
  for (const command of step.commands) await runCommand(step, command, folders, env, environment)
  expectDigests(step, out, environment)
  // The rename is what makes it count: a build that is cut off before leaves only a scratch folder.
  environment.fs.rename(out, made.dir)
  environment.fs.remove(scratch)
}

const dirsOf = (needs: readonly string[], outputs: Outputs): Record<string, string> =>
  Object.fromEntries(needs.map(id => [id, outputs.get(id)?.dir ?? '']))

async function runCommand(
  step: Step,
  command: Command,
  folders: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
  environment: Environment,
): Promise<void> {
  const fill = (text: string): string =>
    text.replace(/\{([a-z0-9-]+)\}/g, (whole, name: string) => folders[name] ?? whole)
  const argv = command.argv.map(fill)
  const own = Object.fromEntries(
    Object.entries(command.env ?? {}).map(([name, value]) => [name, fill(value)]),
  )
  const { code, output } = await environment.run(argv, {
    cwd: fill(command.cwd),
    env: { LC_ALL: 'C', ...env, ...own },
  })
  if (code === 0) return
  const tail = output.trimEnd().split('\n').slice(-20).join('\n')
  throw new BuildFailed(
    `${step.label}: ${argv.join(' ')} ended with ${code}\n${tail}`,
    'the lines above are its last output',
  )
}

function expectDigests({ id, expect }: Step, out: string, environment: Environment): void {
  for (const [name, wanted] of Object.entries(expect ?? {})) {
    const path = `${out}/${name}`
    const found = environment.fs.exists(path) ? sha256(environment.fs.read(path)) : 'nothing'
    if (found === wanted) continue
    throw new BuildFailed(
      `${id}: ${name} should have the SHA-256 ${wanted}, but the mirror gave ${found}`,
      'a mirror never changes a published file: do not trust it; if the lock is wrong, run keelctl image lock',
    )
  }
}

/** Lays a file tree out for a packer that reads folders. Parents come before what they hold. */
function layOut(tree: readonly TreeEntry[], root: string, { fs }: Environment): void {
  for (const entry of tree) {
    const path = `${root}${entry.path}`
    if (entry.kind === 'dir') fs.mkdir(path, entry.mode)
    else if (entry.kind === 'link') fs.link(entry.target, path)
    else if (entry.kind === 'file') fs.write(path, entry.bytes, entry.mode)
    else throw new Error(`${entry.path}: a device node cannot be created without privileges`)
  }
}
