/** What an editor shows in a fragment: what another file may bring is not missing, everything else is as in a whole node config. */
import { expect, test } from 'vitest'
import { editing } from './editing.ts'

const MODELINE = '# yaml-language-server: $schema=../../schema/fragment/v1.json\n'

const { server, open: openFile } = editing()

async function open(text: string) {
  const { file, found } = await openFile(MODELINE + text)
  return { file, messages: found.map(({ message }) => message) }
}

test.each([
  ['no version and no host name', 'network: {}\n'],
  ['no role', 'kubernetes:\n  labels: {example.org/rack: r7}\n'],
  ['a version', 'apiVersion: keel/v1\nstorage: {}\n'],
])('a fragment may have %s', async (_, text) => {
  expect((await open(text)).messages).toEqual([])
})

test.each([
  [
    'an item of a list that is not whole',
    'storage:\n  links:\n    - path: /a\n',
    'Missing property "target"',
  ],
  ['an unknown key', 'kubernetes:\n  rol: worker\n', 'Property rol is not allowed'],
  ['an unknown value', 'kubernetes:\n  role: boss\n', 'standalone'],
])('%s is marked', async (_, text, words) => {
  expect((await open(text)).messages).toEqual([expect.stringContaining(words)])
})

test('completion and hover are those of a node config', async () => {
  const { file } = await open('kubernetes:\n  role: worker\n  \n')
  expect(await server().completion(file, { line: 3, character: 2 })).toEqual(
    expect.arrayContaining(['join', 'labels', 'taints']),
  )
  expect(await server().hover(file, { line: 2, character: 4 })).toContain('Role of the node')
})
