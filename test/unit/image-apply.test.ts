import { expect, test } from 'vitest'
import { apply } from '../../images/apply.ts'
import type { Step } from '../../images/step.ts'
import { recordingEnvironment } from './recording-environment.ts'

const PLACES = { checkout: '/src', cache: '/cache' }
const noMirror = { env: () => Promise.reject(new Error('the mirror was asked')) }

const step = (more: Partial<Step> = {}): Step => ({
  id: 'thing',
  label: 'thing made',
  files: ['images/thing.c'],
  probes: [{ argv: ['gcc', '--version'] }],
  needs: [],
  commands: [{ argv: ['gcc', '-o', '{out}/thing', 'thing.c'], cwd: '{checkout}' }],
  ...more,
})

const compiler = (version: string) => (argv: string, files: Map<string, string>) => {
  if (argv === 'gcc --version') return version
  files.set(argv.split(' ')[2] ?? '', 'program')
  return ''
}

const made = (files: Map<string, string>): string[] =>
  [...files.keys()].filter(name => name.endsWith('/thing'))

test('a step that was made before runs no command', async () => {
  const { environment, ran, files } = recordingEnvironment(compiler('12'))
  await apply([step()], new Map(), PLACES, environment, noMirror)
  await apply([step()], new Map(), PLACES, environment, noMirror)
  expect(ran.filter(argv => argv.startsWith('gcc -o'))).toHaveLength(1)
  expect(made(files)).toHaveLength(1)
})

test.each([
  [
    'a source file changed',
    (files: Map<string, string>) => files.set('/src/images/thing.c', 'other'),
    step(),
  ],
  [
    'a flag changed',
    () => undefined,
    step({ commands: [{ argv: ['gcc', '-o', '{out}/thing', '-O2'], cwd: '{work}' }] }),
  ],
])('a step is made again when %s', async (_, change, second) => {
  const { environment, files } = recordingEnvironment(compiler('12'))
  files.set('/src/images/thing.c', 'int main(){}')
  await apply([step()], new Map(), PLACES, environment, noMirror)
  change(files)
  await apply([second], new Map(), PLACES, environment, noMirror)
  expect(made(files)).toHaveLength(2)
})

test('a step whose command fails leaves nothing in the cache, and says what was run', async () => {
  const { environment, files } = recordingEnvironment(argv => (argv === 'gcc --version' ? '12' : undefined))
  await expect(apply([step()], new Map(), PLACES, environment, noMirror)).rejects.toThrow(
    /^thing made: gcc -o \/cache\/tmp\/thing\/out\/thing thing.c ended with 1\nit failed$/,
  )
  expect([...files.keys()].filter(name => name.startsWith('/cache/steps/thing'))).toEqual([])
})

test('a fetched file with another digest is refused and not kept', async () => {
  const { environment, files } = recordingEnvironment(compiler('12'))
  const wrong = step({ expect: { thing: 'ab'.repeat(32) } })
  await expect(apply([wrong], new Map(), PLACES, environment, noMirror)).rejects.toThrow(
    'should have the SHA-256 abab',
  )
  expect(made(files).filter(name => name.startsWith('/cache/steps'))).toEqual([])
})
