/** What an editor shows in a worker's node config: completion, hover and diagnostics where the cursor is. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { editing } from './editing.ts'
import type { Cursor } from './language-server.ts'

const WORKER = `# yaml-language-server: $schema=../../schema/node/v1.json
apiVersion: keel/v1
hostname: worker-1
storage:
  disks:
    - match: {serial: keel-disk}
      partitions:
        - {label: KEEL-STATE, size: 256MiB}
        - {label: KEEL-DATA, size: rest}
kubernetes:
  role: worker
  join:
    endpoint: cp.example.org:6443
    token: abcdef.0123456789abcdef
    caCertHashes: ["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
  taints:
    - {key: dedicated, value: gpu, effect: NoSchedule}
`

const { server, open } = editing()

/** The worker with `from` replaced by `to`, and the place of the ¦ in it, which is taken out. */
function edited(from: string, to: string): { text: string; cursor: Cursor } {
  expect(WORKER.split(from)).toHaveLength(2)
  const [before = '', after = ''] = WORKER.replace(from, to).split('¦')
  const lines = before.split('\n')
  return {
    text: before + after,
    cursor: { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 },
  }
}

test('the worker itself has nothing wrong', async () => {
  expect((await open(WORKER)).found).toEqual([])
})

test.each([
  [
    'at the top',
    'hostname: worker-1\n',
    'hostname: worker-1\n¦\n',
    ['network', 'time', 'kernel', 'onFailure'],
  ],
  ['a role', 'role: worker', 'role: ¦', ['none', 'standalone', 'worker']],
  ['in kubernetes', '  taints:', '  ¦\n  taints:', ['labels', 'nodeName', 'kubelet', 'shutdown']],
  ['in join', '    token:', '    ¦\n    token:', ['discoveryTimeout', 'retryDelay']],
  ['an effect', 'effect: NoSchedule}', 'effect: ¦}', ['NoSchedule', 'PreferNoSchedule', 'NoExecute']],
])('completion %s', async (_, from, to, labels) => {
  const { text, cursor } = edited(from, to)
  const { file } = await open(text)
  expect(await server().completion(file, cursor)).toEqual(expect.arrayContaining(labels))
})

test.each([
  ['a key', 'role: worker', 'ro¦le: worker', 'Role of the node'],
  ['a value', 'role: worker', 'role: wor¦ker', 'kubeadm join'],
  ['a key of join', 'caCertHashes:', 'caCert¦Hashes:', 'as kubeadm prints them'],
])('hover over %s', async (_, from, to, words) => {
  const { text, cursor } = edited(from, to)
  const { file } = await open(text)
  expect(await server().hover(file, cursor)).toContain(words)
})

test.each([
  ['an unknown key', '  role: worker', '  ¦rol: worker', 'Property rol is not allowed'],
  ['a host name in capitals', 'worker-1', '¦Worker_1', 'a host name has lower-case letters'],
  ['a size in an unknown unit', '256MiB', '¦256mb', 'for example'],
  ['an unknown effect', 'effect: NoSchedule', 'effect: ¦Never', 'NoExecute'],
])('a diagnostic at %s', async (_, from, to, words) => {
  const { text, cursor } = edited(from, to)
  const { found } = await open(text)
  expect(found.filter(({ range }) => same(range.start, cursor)).map(({ message }) => message)).toEqual(
    expect.arrayContaining([expect.stringContaining(words)]),
  )
})

const same = (one: Cursor, other: Cursor) => one.line === other.line && one.character === other.character

const shipped = readdirSync('fixtures', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.keel.yaml') && !name.startsWith('golden/'))
  .map(name => `fixtures/${name}`)

test('configs are shipped', () => expect(shipped.length).toBeGreaterThan(3))

test.each(shipped)('%s names its schema, and an editor finds nothing wrong with it', async file => {
  const text = readFileSync(file, 'utf8')
  const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? []
  const isFragment = !/^apiVersion:/m.test(text)
  expect(JSON.parse(readFileSync(resolve(dirname(file), schema), 'utf8')).title).toBe(
    isFragment ? 'NodeFragment' : 'NodeConfig',
  )
  expect(await server().open(file, text)).toEqual([])
})
