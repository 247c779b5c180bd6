/** Commands over a file system in memory: what they read, write and say. */
import { type DirectoryJSON, Volume } from 'memfs'
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { transpileFiles } from '../../src/commands/transpile.ts'
import type { Env, Fs } from '../../src/env.ts'

const GOOD = 'apiVersion: keel/v1\nhostname: node-1\n'
const SHOW = { format: 'pretty', color: 'auto' } as const

/** An Env with these files below /nodes, and what was said. */
function world(files: DirectoryJSON, isTerminal = false) {
  const volume = Volume.fromJSON(files, '/nodes')
  const said = { stdout: '', stderr: '' }
  const env: Env = {
    fs: volume as unknown as Fs,
    vars: {},
    cwd: '/nodes',
    stdout: text => {
      said.stdout += text
    },
    stderr: text => {
      said.stderr += text
    },
    stdin: () => Buffer.from(files['<stdin>'] ?? ''),
    isTerminal: { stdin: isTerminal, stdout: isTerminal, stderr: isTerminal },
  }
  return { env, said, volume }
}

test('transpile writes one whole file, for its owner alone, and no other', async () => {
  const { env, said, volume } = world({ 'a.yaml': GOOD })
  expect(await transpileFiles(['a.yaml'], { ...SHOW, output: 'a.json' }, env)).toBe(0)
  expect(said).toEqual({ stdout: '', stderr: '' })
  expect(volume.readdirSync('/nodes')).toEqual(['a.json', 'a.yaml'])
  expect(JSON.parse(String(volume.readFileSync('/nodes/a.json')))).toMatchObject({
    hostname: { name: 'node-1' },
  })
  expect(volume.statSync('/nodes/a.json').mode & 0o777).toBe(0o600)
})

test('a file that cannot be written leaves nothing behind', async () => {
  const { env, volume } = world({ 'a.yaml': GOOD })
  const full: Env = {
    ...env,
    fs: {
      ...env.fs,
      openSync: env.fs.openSync.bind(env.fs),
      readFileSync: env.fs.readFileSync.bind(env.fs),
      closeSync: env.fs.closeSync.bind(env.fs),
      rmSync: env.fs.rmSync.bind(env.fs),
      writeFileSync: () => {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
      },
    },
  }
  await expect(transpileFiles(['a.yaml'], { ...SHOW, output: 'a.json' }, full)).rejects.toMatchObject({
    exitCode: 3,
    message: 'cannot write a.json: no space left on the device',
  })
  expect(volume.readdirSync('/nodes')).toEqual(['a.yaml'])
})

test('a local file is looked for beside the config that names it', async () => {
  const { env, said } = world({
    'nodes/a.yaml': `${GOOD}storage: {files: [{path: /etc/motd, contents: {local: motd}}]}\n`,
    'nodes/motd': 'hello\n',
    motd: 'another\n',
  })
  expect(await transpileFiles(['nodes/a.yaml'], SHOW, env)).toBe(0)
  expect(JSON.parse(said.stdout).storage.files[0].contents).toEqual({ type: 'text', text: 'hello\n' })
})

test('a machine config with a secret goes to no terminal unless that is asked for', async () => {
  const secret = `${GOOD}storage: {files: [{path: /etc/a, mode: 0600, contents: {inline: hush}}]}\n`
  const { env, said, volume } = world({ 'a.yaml': secret, 'b.yaml': GOOD }, true)
  await expect(transpileFiles(['a.yaml'], SHOW, env)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('holds a secret (/storage/files/0/contents)'),
  })
  await expect(transpileFiles(['a.yaml'], { ...SHOW, map: 'a.map' }, env)).rejects.toMatchObject({
    exitCode: 2,
  })
  expect(said.stdout).toBe('')
  expect(volume.readdirSync('/nodes')).toEqual(['a.yaml', 'b.yaml'])
  expect(await transpileFiles(['b.yaml'], SHOW, env)).toBe(0)
  expect(await transpileFiles(['a.yaml'], { ...SHOW, output: 'a.json' }, env)).toBe(0)
  expect(said.stdout).not.toContain('hush')
  expect(await transpileFiles(['a.yaml'], { ...SHOW, output: '-' }, env)).toBe(0)
  expect(said.stdout).toContain('hush')
})

test('check reports on stdout, in color on a terminal', () => {
  const { env, said } = world({ 'a.yaml': `${GOOD}kernal: {}\n` }, true)
  expect(check(['a.yaml'], SHOW, env)).toBe(1)
  expect(said.stderr).toBe('')
  expect(said.stdout).toContain('\u001b[31merror[schema-unknown-key]\u001b[0m')
  const plain = world({ 'a.yaml': `${GOOD}kernal: {}\n` }, true)
  check(['a.yaml'], SHOW, { ...plain.env, vars: { NO_COLOR: '1' } })
  expect(plain.said.stdout).not.toContain('\u001b[')
})

test('without a file a terminal is not waited for', async () => {
  const { env } = world({}, true)
  await expect(transpileFiles([], SHOW, env)).rejects.toMatchObject({ exitCode: 2 })
})
