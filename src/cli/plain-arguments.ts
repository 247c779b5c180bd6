/** Most command lines leave no doubt what they mean; those are read here, and the large library is not even loaded. */

/** One option, as the library and the plain reading both understand it. */
export interface OptionRow {
  /** `-o, --output <file>`, or without a value `--strict`. */
  readonly flags: string
  readonly description: string
  /** The only possible values. */
  readonly choices?: readonly string[]
  readonly default?: string
}

export interface Arguments {
  readonly operands: string[]
  /** By long name without its dashes. */
  readonly options: Readonly<Record<string, string | true>>
}

/** Nothing when there is any doubt: `--help`, a slip, `--output=file`, `--`. The library explains those. */
export function plainArguments(words: readonly string[], rows: readonly OptionRow[]): Arguments | undefined {
  const operands: string[] = []
  const options: Record<string, string | true> = {}
  for (const row of rows) if (row.default !== undefined) options[nameOf(row)] = row.default
  const rest = words.values()
  for (const word of rest) {
    if (word === '-' || !word.startsWith('-')) {
      operands.push(word)
      continue
    }
    const row = rows.find(({ flags }) => flags.split(/[ ,]+/).includes(word))
    const value = row?.flags.endsWith('>') ? rest.next().value : true
    if (row === undefined || value === undefined || !isPlain(value, row)) return undefined
    options[nameOf(row)] = value
  }
  return { operands, options }
}

const nameOf = ({ flags }: OptionRow): string => /--([a-z]+)/.exec(flags)?.[1] ?? ''

function isPlain(value: string | true, { choices }: OptionRow): boolean {
  return value === true || (!value.startsWith('-') && choices?.includes(value) !== false)
}
