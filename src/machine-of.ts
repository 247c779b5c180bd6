/** What commands that use a machine config are given: the config itself, or node configs to make it of. */
import type { MachineConfig } from '../schema/generated/machine.ts'
import { pathOf, readMachineConfig, transpile } from '../transpiler/index.ts'
import type { Env } from './env.ts'
import { readLocalWith, readSources } from './read-sources.ts'
import { type ShowOptions, shown } from './show-diagnostics.ts'

/** A machine config that a command works on. */
export interface GivenMachine {
  readonly machine: MachineConfig
  readonly text: string
  /** Line of the node config behind a JSON pointer, where there is a node config. */
  readonly lineOf: (pointer: string) => string | undefined
}

/** The machine config of one .json file as it is, or of node configs, transpiled. None: what is wrong has been shown. */
export function machineOf(
  files: readonly string[],
  options: ShowOptions,
  env: Env,
): GivenMachine | undefined {
  const sources = readSources(files, env)
  const [only] = sources
  if (sources.length === 1 && only !== undefined && only.name.endsWith('.json')) {
    const bytes = typeof only.text === 'string' ? Buffer.from(only.text) : only.text
    const read = readMachineConfig(bytes)
    if ('machine' in read) return { machine: read.machine, text: read.text, lineOf: () => undefined }
    env.stderr(
      `keelctl: ${only.name} is no machine config: ${read.problem.pointer} ${read.problem.message}\n`,
    )
    return undefined
  }
  const result = transpile(sources, { readLocal: readLocalWith(env) })
  env.stderr(shown(result, options, 'stderr', env))
  const lineOf = (pointer: string) => {
    const origin = result.originOf(pathOf(pointer))
    return origin && `${origin.file}:${origin.line}`
  }
  const { machine, text } = result
  return machine === undefined || text === undefined ? undefined : { machine, text, lineOf }
}
