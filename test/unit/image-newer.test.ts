/** keelctl image lock --check, with recorded answers of the module proxy and the package mirror. */
import { expect, test } from 'vitest'
import type { Component, Lock } from '../../images/lock.ts'
import { openMirror } from '../../images/mirror.ts'
import { isBehind, pinStatuses } from '../../images/newer.ts'
import { codeOf, pinTable } from '../../src/commands/image-lock.ts'
import { recordingEnvironment } from './recording-environment.ts'

const moduleOf = (name: string, version: string, more: Partial<Component> = {}): Component => ({
  name,
  version,
  license: 'Apache-2.0',
  origin: { kind: 'go', module: `example.org/${name}`, wrapper: name, sum: 'h1:' },
  ...more,
})

const KERNEL: Component = {
  name: 'linux',
  version: '6.12.117-1',
  license: 'GPL-2.0-only',
  origin: { kind: 'deb', package: 'linux-117', pattern: '^linux-', suites: ['stable'], sha256: 'a' },
}
const TREE: Component = { ...KERNEL, name: 'keel-init', origin: { kind: 'tree', path: 'init-stub' } }

/** What `go list -m -versions` and apt said on a day. */
const ANSWERS: Readonly<Record<string, string>> = {
  'go list -m -versions example.org/runc':
    'example.org/runc v1.4.3 v1.4.4 v1.4.10-rc.1 v1.5.0 v1.5.3 v1.6.0-rc.1\n',
  'go list -m -versions example.org/cni': 'example.org/cni v0.9.1 v1.9.1 v1.10.0\n',
  'apt-get update': '',
  'apt-cache search --names-only ^linux-': 'linux-117 - a kernel\nlinux-118 - a kernel\n',
  'apt-cache show linux-117 linux-118':
    'Package: linux-118\nVersion: 6.12.118-1\nSHA256: b\n\nPackage: linux-117\nVersion: 6.12.117-1\nSHA256: a\n',
}

async function statusesOf(
  components: readonly Component[],
  answers: Readonly<Record<string, string>> = ANSWERS,
) {
  const { environment, ran } = recordingEnvironment(argv => {
    const [, a, , b] = /^dpkg --compare-versions (\S+) (gt) (\S+)$/.exec(argv) ?? []
    if (a !== undefined && b !== undefined) return a > b ? '' : undefined
    return answers[argv]
  })
  const lock: Lock = { components }
  return { statuses: await pinStatuses([lock], openMirror(lock, '/apt', environment), environment), ran }
}

test('a pin has the newest of its minor and the newest of all, and what comes before a release is none', async () => {
  const { statuses } = await statusesOf([
    moduleOf('runc', '1.4.3', { stays: 'for a reason' }),
    moduleOf('cni', '1.10.0'),
  ])
  expect(statuses).toEqual([
    { name: 'runc', pinned: '1.4.3', newestOfLine: '1.4.4', newest: '1.5.3', stays: 'for a reason' },
    { name: 'cni', pinned: '1.10.0', newestOfLine: '1.10.0', newest: '1.10.0' },
  ])
  expect(statuses.map(isBehind)).toEqual([true, false])
})

test('a module that several rows have is asked for once, and a part of the checkout not at all', async () => {
  const { statuses, ran } = await statusesOf([moduleOf('runc', '1.4.4'), moduleOf('runc', '1.5.2'), TREE])
  expect(statuses.map(({ newestOfLine }) => newestOfLine)).toEqual(['1.4.4', '1.5.3'])
  expect(ran).toEqual(['go list -m -versions example.org/runc'])
})

test('the line of a package is the suites that it is pinned in', async () => {
  const { statuses } = await statusesOf([KERNEL])
  expect(statuses).toEqual([{ name: 'linux', pinned: '6.12.117-1', newestOfLine: '6.12.118-1' }])
})

test('a mirror that has only older packages has nothing newer', async () => {
  const { statuses } = await statusesOf([{ ...KERNEL, version: '6.12.119-1' }])
  expect(statuses).toEqual([{ name: 'linux', pinned: '6.12.119-1', newestOfLine: '6.12.119-1' }])
  expect(statuses.some(isBehind)).toBe(false)
})

test('a pin that the proxy no longer lists is compared all the same', async () => {
  const { statuses } = await statusesOf([moduleOf('cni', '1.10.7')])
  expect(statuses).toMatchObject([{ newestOfLine: '1.10.7', newest: '1.10.7' }])
  expect(codeOf(statuses)).toBe(0)
})

test('without a network nothing is behind, and the table says that it does not know', async () => {
  const { statuses } = await statusesOf([moduleOf('runc', '1.4.3'), KERNEL], {})
  expect(codeOf(statuses)).toBe(3)
  expect(pinTable(statuses)).toBe(`component  pinned      its line  newest
runc       1.4.3       ?         -       not known
linux      6.12.117-1  ?         -       not known

2 of 2 could not be compared:
  go list -m -versions example.org/runc: it failed
  apt-get update ended with 1
no line that is pinned is known to have a newer patch
`)
})

test('the table says which pins have a newer patch, and why the others stay', async () => {
  const pins = [
    moduleOf('runc', '1.4.3'),
    moduleOf('runc', '1.4.4', { stays: 'with containerd' }),
    moduleOf('cni', '1.9.1'),
    KERNEL,
  ]
  const { statuses } = await statusesOf(pins)
  expect(codeOf(statuses)).toBe(1)
  expect(pinTable(statuses)).toBe(`component  pinned      its line    newest
runc       1.4.3       1.4.4       1.5.3   a newer patch
runc       1.4.4       1.4.4       1.5.3   with containerd
cni        1.9.1       1.9.1       1.10.0  a newer line
linux      6.12.117-1  6.12.118-1  -       a newer patch

newer patches: 2
`)
})
