/** keelctl completion: words for bash, zsh and fish, read off the command line itself. */
import { Command, InvalidArgumentError } from '../cli/command-line.ts'
import { type CommandRow, loadCommand } from '../cli/command-row.ts'
import type { Env } from '../cli/env.ts'

/** Words that may follow a command: its sub-commands or its options. */
interface Candidates {
  readonly after: string
  readonly words: readonly string[]
}

const SHELLS: Readonly<Record<string, (candidates: readonly Candidates[]) => string>> = { bash, zsh, fish }

async function candidatesOf(env: Env, rows: readonly CommandRow[]): Promise<Candidates[]> {
  const loaded = await Promise.all(
    rows.map(async row => ({ name: row.name, command: await loadCommand(row, env, rows) })),
  )
  const groups = new Map<string, string[]>([['', []]])
  for (const { name } of loaded) {
    const [first = '', second] = name.split(' ')
    const top = groups.get('') ?? []
    if (!top.includes(first)) top.push(first)
    if (second !== undefined) groups.set(first, [...(groups.get(first) ?? []), second])
  }
  const options = loaded.map(({ name, command }) => ({
    after: name,
    words: [...command.options.flatMap(({ long, hidden }) => (long && !hidden ? long : [])), '--help'],
  }))
  return [...[...groups].map(([after, words]) => ({ after, words })), ...options]
}

function bash(candidates: readonly Candidates[]): string {
  const groups = new Set(candidates.flatMap(({ after }) => (after.includes(' ') ? after.split(' ')[0] : [])))
  const cases = candidates.map(({ after, words }) => `    '${after}') words='${words.join(' ')}' ;;`)
  return `_keelctl() {
  local words='' at="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  case "$(printf '%s' "$at" | sed -E 's/ ?-.*//; s/^((${[...groups].join('|')}) [a-z]+|[a-z]+).*/\\1/')" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}") $(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _keelctl keelctl
`
}

function zsh(candidates: readonly Candidates[]): string {
  return `#compdef keelctl\nautoload -U +X bashcompinit && bashcompinit\n${bash(candidates)}`
}

function fish(candidates: readonly Candidates[]): string {
  const lines = candidates.flatMap(({ after, words }) => {
    const seen = after.split(' ').filter(Boolean)
    const condition =
      seen.length === 0
        ? '__fish_use_subcommand'
        : seen.map(word => `__fish_seen_subcommand_from ${word}`).join('; and ')
    return words.map(
      word =>
        `complete -c keelctl -n '${condition}' ${word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`}`,
    )
  })
  return `${lines.join('\n')}\n`
}

function known(shell: string): string {
  if (shell in SHELLS) return shell
  throw new InvalidArgumentError(`There are ${Object.keys(SHELLS).join(', ')}.`)
}

export const command = (env: Env, rows: readonly CommandRow[]): Command =>
  new Command()
    .argument('<shell>', 'bash, zsh or fish', known)
    .addHelpText(
      'before',
      'Examples:\n  source <(keelctl completion bash)\n  keelctl completion fish > ~/.config/fish/completions/keelctl.fish\n',
    )
    .action(async (shell: string) => {
      env.stdout(SHELLS[shell]?.(await candidatesOf(env, rows)) ?? '')
    })
