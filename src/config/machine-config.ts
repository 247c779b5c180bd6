/** What commands that use a machine config are given: the config itself, or node configs to make it of. */
import type { MachineConfig } from '../../schema/generated/machine.ts'
import { pathOf, readMachineConfig, type Source, transpile } from '../../transpiler/index.ts'
import { type DiagnosticsOptions, formatDiagnostics } from '../cli/diagnostics-output.ts'
import type { Env } from '../cli/env.ts'
import { unpacked } from './packed.ts'
import { readLocalWith, readSources } from './read-sources.ts'

/** A machine config that a command works on. */
export interface ResolvedMachineConfig {
  readonly machine: MachineConfig
  readonly text: string
  /** Line of the node config behind a JSON pointer, where there is a node config. */
  readonly lineOf: (pointer: string) => string | undefined
}

/** The machine config of one file or of standard input, packed or not, or of node configs, transpiled. None: what is wrong has been shown. */
export function resolveMachineConfig(
  files: readonly string[],
  options: DiagnosticsOptions,
  env: Env,
): ResolvedMachineConfig | undefined {
  const sources = readSources(files, env)
  const given = sources.length === 1 && sources[0] !== undefined ? asMachine(sources[0]) : undefined
  if (given !== undefined && 'machine' in given) return { ...given, lineOf: () => undefined }
  if (given !== undefined) {
    const { pointer, message } = given.problem
    env.stderr(
      `keelctl: ${sources[0]?.name} is not a machine config${pointer && ` at ${pointer}`}: ${message}; keelctl transpile makes one\n`,
    )
    return undefined
  }
  const result = transpile(sources, { readLocal: readLocalWith(env) })
  env.stderr(formatDiagnostics(result, options, 'stderr', env))
  const lineOf = (pointer: string) => {
    const origin = result.originOf(pathOf(pointer))
    return origin && `${origin.file}:${origin.line}`
  }
  const { machine, text } = result
  return machine === undefined || text === undefined ? undefined : { machine, text, lineOf }
}

/** Also `machine.json.gz` and `machine.json.gz.b64`. */
const NAME = /\.json(\.\w+)*$/

/** What a name does not tell, the document does: standard input and a file of any other name may be either. */
function asMachine({ name, text }: Source): ReturnType<typeof readMachineConfig> | undefined {
  const bytes = unpacked(typeof text === 'string' ? Buffer.from(text) : text)
  if ('problem' in bytes) return { problem: { pointer: '', message: bytes.problem } }
  const read = readMachineConfig(bytes)
  const isMeant =
    NAME.test(name) || 'machine' in read || DECLARES_KIND.test(Buffer.from(bytes).toString('latin1'))
  return isMeant ? read : undefined
}

/** The first keys of a machine config, however it is laid out. */
const DECLARES_KIND = /^[^a-z]*"apiVersion"\s*:\s*"[^"]*"\s*,\s*"kind"\s*:\s*"MachineConfig"/
