/** keelctl: argv in, exit code out. The only place that ends the process. */
import process from 'node:process'
import { Command } from './command-line.ts'
import { COMMANDS, type CommandRow } from './commands/table.ts'
import { type Env, realEnv } from './env.ts'

declare const KEEL_VERSION: string

const EXAMPLES = `Examples:
  keelctl check worker.keel.yaml
  keelctl transpile worker.keel.yaml -o worker.machine.json
  keelctl explain storage.disks
`

/** The command line of the wanted command alone; without one, every command is there, unloaded, for `--help` and for slips. */
async function programFor(wanted: CommandRow | undefined, env: Env): Promise<Command> {
  const program = new Command('keelctl')
    .description('Turns one readable YAML file into a Kubernetes node.')
    .version(KEEL_VERSION)
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({ writeOut: env.stdout, writeErr: env.stderr })
  for (const row of wanted === undefined ? COMMANDS : [wanted]) {
    const [first = '', second] = row.name.split(' ')
    const parent = second === undefined ? program : groupOf(program, first)
    if (row === wanted) parent.addCommand((await row.load()).command(env).copyInheritedSettings(program))
    else parent.command(second ?? first).description(row.summary)
  }
  return program
}

function groupOf(program: Command, name: string): Command {
  const known = program.commands.find(command => command.name() === name)
  return known ?? program.command(name).description(`${name} commands; see keelctl ${name} --help`)
}

const EXIT_CODES =
  '\nExit codes: 0 ok, 1 the config has errors, 2 usage, 3 files or network, 70 a bug in Keel'

async function run(argv: readonly string[], env: Env): Promise<number> {
  const words = argv.filter(word => !word.startsWith('-'))
  const wanted = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => words[i] === word))
  const program = await programFor(argv[0]?.startsWith('-') ? undefined : wanted, env)
  await program.parseAsync(argv, { from: 'user' })
  return Number(process.exitCode ?? 0)
}

/** What an error means for the exit code. Commands apart have their own copies of the error classes, so fields decide. */
function codeOf(error: unknown, env: Env): number {
  const { code, exitCode, message, stack } = error as {
    code?: string
    exitCode?: number
    message?: string
    stack?: string
  }
  // The library has already said what is wrong with the command line.
  if (code?.startsWith('commander.')) return exitCode === 0 ? 0 : 2
  if (exitCode === undefined)
    env.stderr(`keelctl: this is a bug in Keel; please report it with this:\n${stack ?? error}\n`)
  else if (exitCode !== 0) env.stderr(`keelctl: ${message}\n`)
  return exitCode ?? 70
}

async function main(): Promise<void> {
  const env = realEnv()
  try {
    process.exitCode = await run(process.argv.slice(2), env)
  } catch (error) {
    process.exitCode = codeOf(error, env)
  }
}

void main()
