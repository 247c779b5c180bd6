import type { Env } from './env.ts'
import type { OptionRow } from './plain-arguments.ts'

/** A command told as data, so that it runs without the command line library; command-of.ts makes the library's form of it. */
export interface PlainCommand {
  readonly name: string
  readonly description: string
  readonly files: string
  readonly options: readonly OptionRow[]
  readonly examples: string
  /** The exit code. `options` fulfil the rows. */
  readonly run: (files: readonly string[], options: never, env: Env) => number | Promise<number>
}
