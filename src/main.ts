/** keelctl: argv in, exit code out. The only place that ends the process. */
import process from 'node:process'
import { type Env, realEnv } from './cli/env.ts'
import { program } from './cli/program.ts'
import { COMMANDS } from './commands/table.ts'

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
    process.exitCode = await program(process.argv.slice(2), COMMANDS, env)
  } catch (error) {
    process.exitCode = codeOf(error, env)
  }
}

void main()
