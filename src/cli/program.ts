/** The command line of keelctl. */
import process from 'node:process'
import { Command } from './command-line.ts'
import { type CommandRow, loadCommand } from './command-row.ts'
import type { Env } from './env.ts'

declare const KEEL_VERSION: string

const EXAMPLES = `Examples:
  keelctl check worker.keel.yaml
  keelctl transpile worker.keel.yaml -o worker.machine.json
  keelctl explain storage.disks
`

/** The command line of the wanted command alone; without one, every command is there, unloaded, for `--help` and for typos. */
async function programFor(
  wanted: CommandRow | undefined,
  commands: readonly CommandRow[],
  env: Env,
): Promise<Command> {
  const program = new Command('keelctl')
    .description('Turns one readable YAML file into a Kubernetes node.')
    .version(KEEL_VERSION)
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({ writeOut: env.stdout, writeErr: env.stderr })
  for (const row of wanted === undefined ? commands : [wanted]) {
    const [first = '', second] = row.name.split(' ')
    const parent = second === undefined ? program : groupOf(program, first, commands)
    if (row === wanted)
      parent.addCommand((await loadCommand(row, env, commands)).copyInheritedSettings(program))
    else parent.command(second ?? first).description(row.summary)
  }
  return program
}

function groupOf(program: Command, name: string, commands: readonly CommandRow[]): Command {
  const known = program.commands.find(command => command.name() === name)
  const inner = commands.flatMap(row => (row.name.startsWith(`${name} `) ? row.name.split(' ')[1] : []))
  return known ?? program.command(name).description(`${inner.join(', ')}; see keelctl ${name} --help`)
}

const EXIT_CODES =
  '\nExit codes: 0 ok, 1 the config has errors, 2 usage, 3 files or network, 70 a bug in Keel'

/** Reads any command line, explains what is wrong with one, and runs the rest. */
export async function program(
  argv: readonly string[],
  commands: readonly CommandRow[],
  env: Env,
): Promise<number> {
  // Only the wanted command is there with its options, so the library's own `help` would know none.
  if (argv[0] === 'help' && argv.length > 1) return program([...argv.slice(1), '--help'], commands, env)
  const words = argv.filter(word => !word.startsWith('-'))
  const wanted = commands.find(({ name }) => name.split(' ').every((word, i) => words[i] === word))
  const line = await programFor(argv[0]?.startsWith('-') ? undefined : wanted, commands, env)
  await line.parseAsync(argv, { from: 'user' })
  return Number(process.exitCode ?? 0)
}
