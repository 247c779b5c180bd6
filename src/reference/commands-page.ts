/** docs/reference/commands.md: every command with its options, read off the command line itself. */
import type { Command, Option } from '../cli/command-line.ts'
import { type CommandRow, loadCommand } from '../cli/command-row.ts'
import type { Env } from '../cli/env.ts'
import { exitCodesOf } from '../cli/exit-codes.ts'
import { cell } from './markdown.ts'

/** The body of the page. */
export async function commandsPage(rows: readonly CommandRow[]): Promise<string> {
  const sections = await Promise.all(rows.map(row => sectionOf(row, rows)))
  return `
# Commands of keelctl

\`keelctl <command> --help\` prints the same.
Data goes to standard output, words for people to standard error.

${sections.join('\n')}`
}

async function sectionOf(row: CommandRow, rows: readonly CommandRow[]): Promise<string> {
  const command = await loadCommand(row, NO_ENV, rows)
  const visible = command.createHelp()
  return [
    `## keelctl ${row.name}`,
    '',
    `${sentence(row.summary)}`,
    '',
    '```console',
    `$ keelctl ${row.name} ${command.usage()}`,
    '```',
    '',
    ...table(['argument', 'meaning'], command.registeredArguments.map(argumentRow)),
    ...table(['option', 'meaning', 'default'], visible.visibleOptions(command).filter(isOwn).map(optionRow)),
    ...table(
      ['exit code', 'meaning'],
      exitCodesOf(row.exits).map(([code, meaning]) => [String(code), meaning]),
    ),
    '```text',
    examplesOf(command),
    '```',
    '',
  ].join('\n')
}

/** No command is run, so none needs an environment. */
const NO_ENV = {} as Env

const sentence = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}.`

const isOwn = ({ long }: Option): boolean => long !== '--help'

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), '']
}

type Argument = Command['registeredArguments'][number]

function argumentRow(argument: Argument): string[] {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return [`\`${argument.required ? `<${name}>` : `[${name}]`}\``, argument.description]
}

/** A default that is part of the description is not repeated. */
function optionRow({ flags, description, argChoices, mandatory, ...option }: Option): string[] {
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`
  const [, described] = / ?\(default: ([^)]*)\)/.exec(description) ?? []
  const usual = described ?? option.defaultValueDescription ?? option.defaultValue
  const meaning = `${description.replace(/ ?\(default: [^)]*\)/, '')}${choices}`
  return [`\`${flags}\``, `${meaning}${mandatory ? '; must be given' : ''}`, String(usual ?? '')]
}

/** What stands before the usage in `--help`. */
function examplesOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: more => (text += more) }).outputHelp()
  return text.slice(0, text.indexOf('Usage:')).trim()
}
