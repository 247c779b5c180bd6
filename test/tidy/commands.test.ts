/** What commands say of themselves agrees with what they do, and what the docs show of them with what they take. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadCommand } from '../../src/cli/command-row.ts'
import type { Env } from '../../src/cli/env.ts'
import { COMMANDS } from '../../src/commands/table.ts'
import { fencedBlocks } from '../fenced-blocks.ts'

test.each(COMMANDS)('keelctl $name says which exit codes its file returns', ({ name, exits }) => {
  const text = readFileSync(`src/commands/${name.replace(' ', '-')}.ts`, 'utf8')
  // The action sets what an exported function returns; where it sets nothing, the command ends with 0 or throws.
  const [, codes = '0'] =
    /^export (?:async )?function .*\): (?:Promise<)?(\d(?: \| \d)*)>? \{$/m.exec(text) ?? []
  expect(Object.keys(exits)).toEqual(codes.split(' | '))
})

/** Every line of a shell in the docs that runs keelctl, with the lines that it goes on in. */
const shown = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md') && !file.startsWith('reference/'))
    .map(file => join('docs', file)),
].flatMap(page =>
  fencedBlocks(page)
    .filter(({ info }) => /^(sh|console|)$/.test(info))
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
    .flatMap(line => /^(?:\$ )?(?:npx )?keelctl (.*?)(?: +#.*)?$/.exec(line)?.[1] ?? [])
    .map(line => ({ page, line })),
)

test('keelctl takes every command line that the docs show', async () => {
  expect(shown.length).toBeGreaterThan(20)
  const wrong: string[] = []
  for (const { page, line } of shown) {
    const words = line.split(/\s+/)
    const row = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => words[i] === word))
    if (row === undefined) {
      wrong.push(`${page}: keelctl ${line}: no such command`)
      continue
    }
    const { options } = await loadCommand(row, {} as Env, COMMANDS)
    const known = options.flatMap(({ short, long }) => [short, long])
    const unknown = words.filter(word => /^--?[a-z]/.test(word) && !known.includes(word))
    if (unknown.length > 0) wrong.push(`${page}: keelctl ${line}: ${unknown.join(' ')}`)
  }
  expect(wrong).toEqual([])
})
