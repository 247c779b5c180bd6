/** Commands over a file system in memory: what they read, write and say. */
import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import type { Env } from '../../src/cli/env.ts'
import { writeAtomically } from '../../src/cli/write-file.ts'
import { check } from '../../src/commands/check.ts'
import { transpileFiles } from '../../src/commands/transpile.ts'
import { resolveMachineConfig } from '../../src/config/machine-config.ts'
import { GOOD, memoryEnv } from './memory-env.ts'

const SHOW = { format: 'pretty', color: 'auto' } as const
const TERMINAL = { stdin: true, stdout: true, stderr: true }

test('transpile writes one whole file, for its owner alone, and no other', async () => {
  const { env, output, volume } = memoryEnv({ 'a.yaml': GOOD })
  expect(await transpileFiles(['a.yaml'], { ...SHOW, output: 'a.json' }, env)).toBe(0)
  expect(output).toEqual({ stdout: '', stderr: '' })
  expect(volume.readdirSync('/nodes')).toEqual(['a.json', 'a.yaml'])
  expect(JSON.parse(String(volume.readFileSync('/nodes/a.json')))).toMatchObject({
    hostname: { name: 'node-1' },
  })
  expect(volume.statSync('/nodes/a.json').mode & 0o777).toBe(0o600)
})

const USED = ['statSync', 'realpathSync', 'openSync', 'readFileSync', 'closeSync', 'rmSync'] as const

test('a file that cannot be written leaves nothing behind', async () => {
  const { env, volume } = memoryEnv({ 'a.yaml': GOOD })
  const full: Env = {
    ...env,
    fs: {
      ...env.fs,
      ...Object.fromEntries(USED.map(name => [name, (env.fs[name] as () => void).bind(env.fs)])),
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

test('a link stays a link, and a device is written to and never replaced', () => {
  const { env, volume } = memoryEnv({ 'old.json': 'old' })
  volume.symlinkSync('/nodes/old.json', '/nodes/link.json')
  writeAtomically('link.json', 'new', env)
  expect(String(volume.readFileSync('/nodes/old.json'))).toBe('new')
  expect(volume.lstatSync('/nodes/link.json').isSymbolicLink()).toBe(true)

  const renames = vi.spyOn(volume, 'renameSync')
  const device = { isFile: () => false, isDirectory: () => false }
  vi.spyOn(volume, 'statSync').mockReturnValue(device as ReturnType<typeof volume.statSync>)
  writeAtomically('old.json', 'newer', env)
  expect(renames).not.toHaveBeenCalled()
  expect(String(volume.readFileSync('/nodes/old.json'))).toBe('newer')
})

test('no output is an input under another name, and no two are one file', async () => {
  const { env, volume } = memoryEnv({ 'a.yaml': GOOD })
  volume.symlinkSync('/nodes/a.yaml', '/nodes/link')
  for (const more of [
    { output: './a.yaml' },
    { output: 'link' },
    { map: 'link' },
    { output: 'b', map: './b' },
  ])
    await expect(transpileFiles(['a.yaml'], { ...SHOW, ...more }, env)).rejects.toMatchObject({ exitCode: 2 })
  expect(String(volume.readFileSync('/nodes/a.yaml'))).toBe(GOOD)
})

test('a machine config is taken as it is from a file and from standard input', () => {
  const machine = readFileSync('fixtures/machine/ok/a-node-in-ram.json', 'utf8')
  const { env, output } = memoryEnv({ 'a.json': machine, 'bad.json': '{}', '<stdin>': machine })
  expect([
    resolveMachineConfig(['a.json'], SHOW, env)?.text,
    resolveMachineConfig(['-'], SHOW, env)?.text,
  ]).toEqual([machine, machine])
  expect(resolveMachineConfig(['bad.json'], SHOW, env)).toBeUndefined()
  expect(output.stderr).not.toBe('')
  const yaml = memoryEnv({ '<stdin>': GOOD })
  expect(resolveMachineConfig(['-'], SHOW, yaml.env)?.machine.hostname).toEqual({
    type: 'fixed',
    name: 'node-1',
  })
})

test('a local file is looked for in the folder of the config that names it', async () => {
  const { env, output } = memoryEnv({
    'nodes/a.yaml': `${GOOD}storage: {files: [{path: /etc/motd, contents: {local: motd}}]}\n`,
    'nodes/motd': 'hello\n',
    motd: 'another\n',
  })
  expect(await transpileFiles(['nodes/a.yaml'], SHOW, env)).toBe(0)
  expect(JSON.parse(output.stdout).storage.files[0].contents).toEqual({ type: 'text', text: 'hello\n' })
})

test('a machine config with a secret goes to no terminal unless that is asked for', async () => {
  const secret = `${GOOD}storage: {files: [{path: /etc/a, mode: 0600, contents: {inline: hush}}]}\n`
  const { env, output, volume } = memoryEnv({ 'a.yaml': secret, 'b.yaml': GOOD }, TERMINAL)
  await expect(transpileFiles(['a.yaml'], SHOW, env)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('holds a secret (/storage/files/0/contents)'),
  })
  await expect(transpileFiles(['a.yaml'], { ...SHOW, map: 'a.map' }, env)).rejects.toMatchObject({
    exitCode: 2,
  })
  expect(output.stdout).toBe('')
  expect(volume.readdirSync('/nodes')).toEqual(['a.yaml', 'b.yaml'])
  expect(await transpileFiles(['b.yaml'], SHOW, env)).toBe(0)
  expect(await transpileFiles(['a.yaml'], { ...SHOW, output: 'a.json' }, env)).toBe(0)
  expect(output.stdout).not.toContain('hush')
  expect(await transpileFiles(['a.yaml'], { ...SHOW, output: '-' }, env)).toBe(0)
  expect(output.stdout).toContain('hush')
})

test('check reports on stdout, in color on a terminal', () => {
  const { env, output } = memoryEnv({ 'a.yaml': `${GOOD}kernal: {}\n` }, TERMINAL)
  expect(check(['a.yaml'], SHOW, env)).toBe(1)
  expect(output.stderr).toBe('')
  expect(output.stdout).toContain('\u001b[31merror[schema-unknown-key]\u001b[0m')
  const plain = memoryEnv({ 'a.yaml': `${GOOD}kernal: {}\n` }, TERMINAL)
  check(['a.yaml'], SHOW, { ...plain.env, vars: { NO_COLOR: '1' } })
  expect(plain.output.stdout).not.toContain('\u001b[')
})

test('without a file a terminal is not waited for', async () => {
  const { env } = memoryEnv({}, TERMINAL)
  await expect(transpileFiles([], SHOW, env)).rejects.toMatchObject({ exitCode: 2 })
})
