/** keelctl render: what starts a machine, as text to paste; nothing is started. */
import { resolve } from 'node:path'
import { Command, Option } from '../cli/command-line.ts'
import type { Env } from '../cli/env.ts'
import { UsageError } from '../cli/errors.ts'
import { refuseOverwriting, writeAtomically } from '../cli/write-file.ts'
import { flagOf, OPTIONS } from '../render/options.ts'
import { TARGETS } from '../render/table.ts'
import type { OptionName, Options } from '../render/target.ts'

type Flags = Options & { readonly target: string; readonly output?: string }

/** Nothing in the text is a secret, and others have to read it: a TFTP server is not its owner. */
const MODE = 0o644

export function render({ target, output, ...given }: Flags, env: Env): void {
  const row = TARGETS[target]
  if (row === undefined) throw new UsageError(`there is no target ${target}`)
  const options: Options = { ...given, ...absolute(given, env.cwd) }
  const known: readonly string[] = [...row.required, ...row.optional]
  const [extra] = Object.keys(given).filter(name => !known.includes(name))
  if (extra !== undefined)
    throw new UsageError(
      `${flagOf(extra)} has no effect with target ${target}; its options are ${known.map(flagOf).join(', ')}`,
    )
  const missing = row.required.filter(name => options[name] === undefined)
  if (missing.length > 0)
    throw new UsageError(
      `target ${target} needs ${missing.map(name => `${flagOf(name)} (${OPTIONS[name].help})`).join(' and ')}`,
    )
  const text = row.text(options)
  refuseOverwriting(
    [options.disk, options.seed].flatMap(file => file ?? []),
    [output],
    env,
  )
  if (output === undefined || output === '-') env.stdout(text)
  else writeAtomically(output, text, env, MODE)
}

/** The reader of the text is in another folder. */
const absolute = (given: Options, cwd: string): Partial<Options> =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([name]) => /^(file|dir)$/.test(OPTIONS[name as OptionName].value))
      .map(([name, path]) => [name, resolve(cwd, String(path))]),
  )

const EXAMPLES = `Examples:
  keelctl render --target qemu --disk worker-1.qcow2 --seed worker-1.iso -o worker-1.sh
  keelctl render --target libvirt-xml --disk worker-1.qcow2 --seed worker-1.iso -o worker-1.xml
  keelctl render --target dnsmasq --interface br0 --dhcp-range 10.0.0.50,10.0.0.99 --tftp-root /srv/tftp
`

const targetLines = (): string =>
  Object.entries(TARGETS)
    .map(([name, { description, required, optional }]) => {
      const options = [...required.map(flagOf), ...optional.map(option => `[${flagOf(option)}]`)].join(' ')
      return `  ${name.padEnd(13)}${description}\n${' '.repeat(15)}${options}\n`
    })
    .join('')

export const command = (env: Env): Command => {
  const made = new Command()
    .addOption(
      new Option('--target <name>', 'what the text is for')
        .choices(Object.keys(TARGETS))
        .makeOptionMandatory(),
    )
    .option('-o, --output <file>', 'output file, written atomically (default: standard output)')
  for (const [name, { value, help, read }] of Object.entries(OPTIONS))
    made.addOption(new Option(`${flagOf(name)} <${value}>`, help).argParser(read))
  return made
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', `\nTargets:\n${targetLines()}`)
    .action((flags: Flags) => render(flags, env))
}
