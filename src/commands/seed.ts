/** keelctl seed: a NoCloud seed with a machine config, to attach to a virtual machine. */
import process from 'node:process'
import type { MachineConfig } from '../../schema/generated/machine.ts'
import { Command, InvalidArgumentError, Option } from '../cli/command-line.ts'
import { type DiagnosticsOptions, withDiagnosticsOptions } from '../cli/diagnostics-output.ts'
import type { Env } from '../cli/env.ts'
import { UsageError } from '../cli/errors.ts'
import { refuseOverwriting, writeAtomically } from '../cli/write-file.ts'
import { resolveMachineConfig } from '../config/machine-config.ts'
import { SEEDS, type SeedKind, seedBytes, seedKindOf } from '../config/seed.ts'

interface Flags extends DiagnosticsOptions {
  readonly output: string
  readonly as?: SeedKind
  readonly instanceId?: string
  readonly hostname?: string
}

/** 0: written. 1: the config has errors; nothing is written. */
export function seed(files: readonly string[], flags: Flags, env: Env): 0 | 1 {
  const kind = flags.as ?? kindOf(flags.output)
  refuseOverwriting(files, [flags.output], env)
  const given = resolveMachineConfig(files, flags, env)
  if (given === undefined) return 1
  const { hostname } = given.machine
  refuseUnusedName(flags.hostname, hostname)
  const name = flags.hostname ?? (hostname.type === 'fixed' ? hostname.name : undefined)
  if (name === undefined && flags.instanceId === undefined)
    throw new UsageError(
      'this config leaves the host name to the machine, so the seed needs --instance-id: a name for this machine that never changes',
    )
  const instanceId = flags.instanceId ?? `keel-${name}`
  writeAtomically(flags.output, seedBytes({ config: given.text, instanceId, hostname: name }, kind), env)
  env.stderr(`${flags.output}: ${kind} labelled cidata, instance-id ${instanceId}\n`)
  return 0
}

/** The machine takes its name from the seed only where its config says so. */
function refuseUnusedName(name: string | undefined, hostname: MachineConfig['hostname']): void {
  if (name === undefined || (hostname.type === 'discovered' && hostname.from.includes('metadata'))) return
  const origin = hostname.type === 'fixed' ? hostname.name : `{from: [${hostname.from.join(', ')}]}`
  if (name === origin) return
  throw new UsageError(
    `--hostname ${name} has no effect: the config says hostname: ${origin}; leave the option out, or write hostname: {from: [metadata]}`,
  )
}

function kindOf(output: string): SeedKind {
  if (output === '-') throw new UsageError('a seed is an image: name its file with -o')
  const kind = seedKindOf(output)
  if (kind !== undefined) return kind
  throw new UsageError(`${output}: add --as iso or --as vfat, or end the name with .iso or .img`)
}

/** Each is written on one line of meta-data. */
function oneWord(text: string): string {
  if (/^[A-Za-z0-9._-]{1,253}$/.test(text)) return text
  throw new InvalidArgumentError('it must consist of letters, digits, dots, dashes and underscores')
}

const EXAMPLES = `Examples:
  keelctl seed worker.keel.yaml -o seed.iso
  keelctl seed worker.machine.json -o seed.img --instance-id 7f1c0a5e
`

export const command = (env: Env): Command =>
  withDiagnosticsOptions(new Command())
    .argument(
      '<config...>',
      'node configs, joined in this order, or one machine config, packed or not; - is standard input',
    )
    .requiredOption('-o, --output <file>', 'output file, written atomically, readable only by you')
    .addOption(
      new Option('--as <kind>', 'a CD-ROM or a small disk (default: by the name of the file)').choices(SEEDS),
    )
    .option('--instance-id <id>', 'identity of the machine (default: from the host name)', oneWord)
    .option('--hostname <name>', 'host name for a config that says hostname: {from: [metadata]}', oneWord)
    .addHelpText('before', EXAMPLES)
    .action((files: string[], flags: Flags) => {
      process.exitCode = seed(files, flags, env)
    })
