/** Readers of machine configs on the workstation: they explain what is wrong, and accept what a boot accepts. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Volume } from 'memfs'
import { describe, expect, test } from 'vitest'
import { type ResolvedMachineConfig, resolveMachineConfig } from '../../src/config/machine-config.ts'
import { readMachineConfig } from '../../transpiler/index.ts'
import { GOOD, memoryEnv } from './memory-env.ts'

const SHOW = { format: 'pretty', color: 'auto' } as const
const TEXT = readFileSync('fixtures/machine/ok/everything-at-once.json', 'utf8')
const RAM = readFileSync('fixtures/machine/ok/a-node-in-ram.json', 'utf8')

/** The document with a change at a place. */
const changed = (change: (machine: Machine) => void): string => {
  const machine = JSON.parse(TEXT)
  change(machine)
  return JSON.stringify(machine)
}
// biome-ignore lint/suspicious/noExplicitAny: the test breaks it on purpose
type Machine = any

const problemOf = (bytes: Uint8Array | string) => {
  const read = readMachineConfig(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  return 'problem' in read ? read.problem : undefined
}

describe('a document that breaks a rule names the key and its place', () => {
  test.each([
    ['an unknown key', changed(m => Object.assign(m, { hostnme: 1 })), '', /"hostnme" is unknown/],
    [
      'one deeper',
      changed(m => Object.assign(m.storage.files[0], { owner: 1 })),
      '/storage/files/0',
      /"owner" is unknown/,
    ],
    [
      'one in a choice',
      changed(m => Object.assign(m.network.links[0].kind, { metric: 1 })),
      '/network/links/0/kind',
      /"metric" is unknown/,
    ],
    ['a missing key', changed(m => delete m.time.timeoutMs), '/time', /"timeoutMs" is missing/],
    [
      'another kind of value',
      changed(m => (m.time.servers = 'a')),
      '/time/servers',
      /expected a list, found a string/,
    ],
    [
      'another value',
      changed(m => (m.storage.filesystems[0].format = 'xfs')),
      '/storage/filesystems/0/format',
      /allowed: ext4/,
    ],
    ['another version', changed(m => (m.apiVersion = 'keel/v9')), '/apiVersion', /allowed: keel\/v1/],
  ])('%s', (_, text, pointer, message) => {
    expect(problemOf(text)).toEqual({ pointer, message: expect.stringMatching(message) })
  })

  test('and shows no value, which could be a secret', () => {
    const secret = changed(m => (m.kubernetes = { role: 'Hunter2-is-secret' }))
    expect(JSON.stringify(problemOf(secret))).not.toContain('Hunter2')
  })
})

describe('a document that is not JSON says why', () => {
  test('cut off anywhere', () => {
    for (const share of [0.1, 0.33, 0.5, 0.77, 0.999]) {
      const text = TEXT.slice(0, Math.floor(TEXT.trimEnd().length * share))
      expect(problemOf(text)?.message).toMatch(/cut off/)
    }
  })

  test.each([
    ['a byte order mark', `\uFEFF${RAM}`, /byte order mark/],
    ['little-endian UTF-16', Buffer.from(`\uFEFF${RAM}`, 'utf16le'), /UTF-16/],
    ['big-endian UTF-16', Buffer.from(`\uFEFF${RAM}`, 'utf16le').swap16(), /UTF-16/],
    ['zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), /zstd/],
    ['nothing', '', /empty/],
    ['white space', '\n\n ', /empty/],
    ['a comma too many', '{"apiVersion": "keel/v1",\n  }', /line 2, column 3/],
    ['two documents', `${RAM.trim()}${RAM}`, /not JSON at line/],
    ['YAML', GOOD, /not JSON/],
  ])('%s', (_, bytes, message) => expect(problemOf(bytes)?.message).toMatch(message))
})

describe('a packed document is taken as a boot takes it', () => {
  const taken = (name: string, bytes: Uint8Array | string): ResolvedMachineConfig | undefined => {
    const { env } = memoryEnv({})
    const volume = Volume.fromJSON({}, '/nodes')
    volume.mkdirSync('/nodes', { recursive: true })
    volume.writeFileSync(`/nodes/${name}`, Buffer.from(bytes as string))
    return resolveMachineConfig([name], SHOW, { ...env, fs: volume as unknown as typeof env.fs })
  }
  const gz = gzipSync(RAM)
  const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes as string).toString('base64')

  test.each([
    ['m.json.gz', gz],
    ['m.json.gz.b64', base64(gz)],
    ['m.json.b64', base64(RAM)],
    ['m.json.gz.b64', `${base64(gz).replaceAll(/(.{76})/g, '$1\n')}\n`],
    ['m.json', gz],
    ['m.json', gzipSync(base64(gz))],
    ['m.b64', base64(gz)],
    ['w1', gz],
    ['user-data', RAM],
    ['m.json.b64', Buffer.from(RAM).toString('base64url')],
  ])('%s', (name, bytes) => expect(taken(name, bytes)?.text).toBe(RAM))

  test('and one that is cut off is not', () => {
    expect(taken('m.json.gz', gz.subarray(0, gz.length / 2))).toBeUndefined()
    expect(taken('m.json.b64', base64(RAM).slice(0, 100))).toBeUndefined()
    expect(taken('m.b64', base64(RAM).slice(0, 101))).toBeUndefined()
  })

  test('and a node config is one by any name', () => {
    for (const name of ['n.yaml', 'n.keel.yaml', 'user-data', 'n'])
      expect(taken(name, GOOD)?.machine.hostname).toEqual({ type: 'fixed', name: 'node-1' })
  })

  test('from standard input too, where a broken machine config is not taken for a node config', () => {
    const { env, output } = memoryEnv({ '<stdin>': changed(m => Object.assign(m, { hostnme: 1 })) })
    expect(resolveMachineConfig(['-'], SHOW, env)).toBeUndefined()
    expect(output.stderr).toContain('"hostnme"')
    expect(resolveMachineConfig(['-'], SHOW, { ...env, stdin: () => gz })?.text).toBe(RAM)
    expect(
      resolveMachineConfig(['-'], SHOW, { ...env, stdin: () => Buffer.from(GOOD) })?.machine.hostname,
    ).toEqual({
      type: 'fixed',
      name: 'node-1',
    })
  })
})
