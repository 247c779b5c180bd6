/** Commands as rows of a table, so that one is loaded only when it is run. */
import type { Command } from './command-line.ts'
import type { Env } from './env.ts'
import { exitCodesHelp } from './exit-codes.ts'

/** One command of keelctl. */
export interface CommandRow {
  /** One word, or two for a command of a group. */
  readonly name: string
  /** What the command does, in the list of `keelctl --help` and in its own help. */
  readonly summary: string
  /** What its exit codes mean, where they say more than those of every command (`exit-codes.ts`). */
  readonly exits: Readonly<Record<number, string>>
  /** Loads the file of the command. */
  readonly load: () => Promise<CommandModule>
}

/** What the file of a command exports. */
export interface CommandModule {
  /** Arguments, options and action; `rows` are all commands, for one that speaks of them. */
  readonly command: (env: Env, rows: readonly CommandRow[]) => Command
}

/** Loads a command, under the name and with the description of its row. */
export async function loadCommand(row: CommandRow, env: Env, rows: readonly CommandRow[]): Promise<Command> {
  const { command } = await row.load()
  return command(env, rows)
    .name(row.name.split(' ').at(-1) ?? '')
    .description(row.summary)
    .addHelpText('after', exitCodesHelp(row.exits))
}
