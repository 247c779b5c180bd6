/** Commands as the command line library wants them. */
import process from 'node:process'
import { nearest } from '../../transpiler/index.ts'
import type { CommandRow } from '../commands/table.ts'
import { Command, InvalidArgumentError, Option } from './command-line.ts'
import type { Env } from './env.ts'
import type { OptionRow } from './plain-arguments.ts'
import type { PlainCommand } from './plain-command.ts'

/** The command of a row of the table. */
export async function commandOf(row: CommandRow, env: Env): Promise<Command> {
  return 'plain' in row ? fromPlain(row.plain, env) : (await row.load()).command(env)
}

function fromPlain({ name, description, files, options, examples, run }: PlainCommand, env: Env): Command {
  const command = new Command(name)
    .description(description)
    .argument('[files...]', files)
    .addHelpText('before', examples)
    .action(async (operands: string[], given: object) => {
      process.exitCode = await run(operands, given as never, env)
    })
  return withOptions(command, options)
}

export function withOptions(command: Command, rows: readonly OptionRow[]): Command {
  for (const row of rows) command.addOption(optionOf(row))
  return command
}

/** An option whose value is one of a few gives a suggestion after a slip. */
function optionOf({ flags, description, choices, default: usual }: OptionRow): Option {
  const option = new Option(flags, choices ? `${description} (${choices.join(', ')})` : description)
  if (usual !== undefined) option.default(usual)
  return choices === undefined ? option : option.argParser(value => chosen(value, choices))
}

function chosen(value: string, choices: readonly string[]): string {
  if (choices.includes(value)) return value
  const near = nearest(value, choices)
  throw new InvalidArgumentError(
    near === undefined ? `Allowed choices are ${choices.join(', ')}.` : `Did you mean ${near}?`,
  )
}
