/** keelctl: argv in, exit code out. The only place that ends the process. */
import process from 'node:process'
import { Command, CommanderError } from 'commander'
import { COMMANDS, type CommandRow } from './commands/table.ts'
import { type Env, ReaderGone, realEnv } from './env.ts'

declare const KEEL_VERSION: string

async function run(argv: readonly string[], env: Env): Promise<number> {
  const program = new Command('keelctl')
    .description('Turns one readable YAML file into a Kubernetes node.')
    .version(KEEL_VERSION)
  program.exitOverride().configureOutput({ writeOut: env.stdout, writeErr: env.stderr })
  const words = argv.filter(word => !word.startsWith('-'))
  const wanted = COMMANDS.find(row => words.join(' ').startsWith(row.name))
  for (const row of COMMANDS) await register(program, row, row === wanted, env)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
}

/** Only the wanted command is loaded; the others are there for `--help`. */
async function register(program: Command, row: CommandRow, isWanted: boolean, env: Env): Promise<void> {
  const [first = '', second] = row.name.split(' ')
  const parent =
    second === undefined
      ? program
      : (program.commands.find(c => c.name() === first) ?? program.command(first))
  if (isWanted) parent.addCommand((await row.load()).command(env).copyInheritedSettings(program))
  else parent.command(second ?? first).description(row.summary)
}

run(process.argv.slice(2), realEnv()).then(
  code => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.exitCode = error instanceof ReaderGone ? 0 : 70
    if (!(error instanceof ReaderGone))
      realEnv().stderr(`keelctl: this is a bug in Keel: ${error instanceof Error ? error.stack : error}\n`)
  },
)
