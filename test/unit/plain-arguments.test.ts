/** What is read without the command line library is what the library would have read. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Command } from '../../src/cli/command-line.ts'
import { withOptions } from '../../src/cli/command-of.ts'
import { plainArguments } from '../../src/cli/plain-arguments.ts'
import type { PlainCommand } from '../../src/cli/plain-command.ts'
import { checkCommand } from '../../src/commands/check.ts'
import { transpileCommand } from '../../src/commands/transpile.ts'

/** What the library reads; nothing when it complains. */
function read({ options }: PlainCommand, words: readonly string[]) {
  const command = withOptions(new Command('c').argument('[files...]').exitOverride(), options)
  command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
  try {
    command.parse(words, { from: 'user' })
    return { operands: command.args, options: command.opts() }
  } catch {
    return undefined
  }
}

const WORDS = [
  ...[
    'a.yaml',
    '-',
    '--',
    '',
    '--strict',
    '--join',
    '-o',
    '--output',
    '--map',
    '--format',
    '--color',
    '--help',
  ],
  ...[
    'json',
    'jsn',
    'never',
    '-oa',
    '--output=a',
    '--out',
    '-x',
    '--strict=1',
    '-h',
    '--no-strict',
    '--formatjson',
  ],
]

test.each([transpileCommand, checkCommand])('$name', command => {
  let plain = 0
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }), words => {
      const found = plainArguments(words, command.options)
      if (found === undefined) return
      plain++
      expect(found).toEqual(read(command, words))
    }),
    { numRuns: 5000 },
  )
  expect(plain).toBeGreaterThan(500)
})

test('help, slips and other forms are left to the library', () => {
  const isPlain = (...words: string[]) => plainArguments(words, transpileCommand.options) !== undefined
  expect(isPlain('a.yaml', '-o', 'b.json', '--strict', '--format', 'json')).toBe(true)
  for (const words of [
    ['--help'],
    ['--strct'],
    ['-o'],
    ['-o', '-'],
    ['--output=a'],
    ['--format', 'jsn'],
    ['--', 'a'],
  ])
    expect(isPlain(...words), words.join(' ')).toBe(false)
})
