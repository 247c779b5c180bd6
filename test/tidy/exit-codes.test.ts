/** What a command says of its exit codes agrees with what its file says that it returns. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/commands/table.ts'

test.each(COMMANDS)('keelctl $name', ({ name, exits }) => {
  const text = readFileSync(`src/commands/${name.replace(' ', '-')}.ts`, 'utf8')
  // The action sets what an exported function returns; where it sets nothing, the command ends with 0 or throws.
  const [, codes = '0'] =
    /^export (?:async )?function .*\): (?:Promise<)?(\d(?: \| \d)*)>? \{$/m.exec(text) ?? []
  expect(Object.keys(exits)).toEqual(codes.split(' | '))
})
