/** Options in forms that more than one command has. */
import { nearest } from '../../transpiler/index.ts'
import { InvalidArgumentError, Option } from './command-line.ts'

/** An option whose value is one of a few words. A typo is answered with the nearest of them. */
export function choiceOption(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, `${description} (${choices.join(', ')})`).argParser((value: string) =>
    chosen(value, choices),
  )
}

function chosen(value: string, choices: readonly string[]): string {
  if (choices.includes(value)) return value
  const near = nearest(value, choices)
  throw new InvalidArgumentError(
    near === undefined ? `Allowed choices are ${choices.join(', ')}.` : `Did you mean ${near}?`,
  )
}
