/** What keelctl lets through init obeys: rules that no schema has are the same on both sides, held here to the same texts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import names from '../../fixtures/host-names.json' with { type: 'json' }
import { type MachineConfig, transpile } from '../../transpiler/index.ts'
import { HEAD, joining, problemsOf } from '../unit/problems.ts'
import { keelInit, keelInitAccepts } from './judges.ts'

let init = ''
let folder = ''

beforeAll(() => {
  init = keelInit()
  folder = mkdtempSync(join(tmpdir(), 'keel-same-rules-'))
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true }))

const machineOf = (text: string): MachineConfig => {
  const { machine } = transpile([{ name: 'a', text }])
  if (machine === undefined) throw new Error(`no machine config: ${problemsOf(text)}`)
  return machine
}

/** Which of the texts a boot accepts in the place where a change puts them. */
async function obeyed(
  base: MachineConfig,
  texts: readonly string[],
  change: (machine: never, text: string) => unknown,
): Promise<string[]> {
  const files = texts.map((text, i) => {
    const machine = structuredClone(base)
    change(machine as never, text)
    const file = join(folder, `${i}.json`)
    writeFileSync(file, JSON.stringify(machine))
    return file
  })
  const accepted = await keelInitAccepts(init, files, 'boot')
  return texts.filter((_, i) => accepted.has(files[i] ?? ''))
}

// biome-ignore lint/suspicious/noExplicitAny: the places differ
type Machine = any

test('host names', async () => {
  const { good, goodForHostsAlone, bad } = names
  // An empty text breaks the schema already.
  const all = [...good, ...goodForHostsAlone, ...bad.filter(name => name !== '')]
  const as = (change: (machine: Machine, name: string) => unknown) =>
    obeyed(machineOf(joining('192.0.2.1:6443')), all, change)
  expect(await as((machine, name) => (machine.hostname.name = name))).toEqual([...good, ...goodForHostsAlone])
  expect(await as((machine, name) => (machine.kubernetes.nodeName = name))).toEqual(good)
})

test('names of sysctl values', async () => {
  const all = [
    'vm.swappiness',
    'net.ipv4.conf.eth0/100.rp_filter',
    'net.a/b/c.d',
    'a./b.c',
    'a.b/.c',
    'a.b//c.d',
    'a..b',
    '.a',
  ]
  const named = (name: string) => `${HEAD}kernel: {sysctl: {"${name}": 1}}\n`
  const base = machineOf(named('vm.swappiness'))
  const taken = await obeyed(base, all, (machine: Machine, name) => (machine.kernel.sysctl[0].name = name))
  expect(taken).toEqual(all.filter(name => problemsOf(named(name)).length === 0))
  expect(taken).toEqual(all.slice(0, 3))
})

const PATHS = [
  ...[
    '/keel/a',
    '/run/keel/a',
    '/etc/kubernetes/manifests',
    '/etc/kubernetes/manifests/a',
    '/etc/keel/modules',
  ],
  ...['/etc/kubernetes/kubelet.conf', '/etc/kubernetes/bootstrap-kubelet.conf', '/etc/kubernetes/pki/ca.crt'],
  ...[
    '/var/lib/kubelet/config.yaml',
    '/var/lib/kubelet/instance-config.yaml',
    '/var/lib/kubelet/kubeadm-flags.env',
  ],
  ...[
    '/var/lib/kubelet/pki',
    '/var/lib/kubelet/pki/a',
    '/var/lib/kubelet/config.json',
    '/etc/hosts',
    '/etc/a',
  ],
  ...['/mnt', '/mnt/a', '/etc', '/bin/a', '/proc/a', '/etc/a/../b', '/etc//a', '/etc/a/', '/etc/a\u0085b'],
  ...[`/etc/${'a'.repeat(255)}`, `/etc/${'a'.repeat(256)}`, `/etc/${'é'.repeat(128)}`],
]

test.each(['none', 'standalone', 'worker'])('paths on a node with the role %s', async role => {
  const rest = {
    none: HEAD,
    standalone: `${HEAD}kubernetes: {role: standalone}\n`,
    worker: joining('192.0.2.1:6443').replace(/storage:\n.*\n/, ''),
  }[role]
  const entries = {
    directories: (path: string) => `{path: ${JSON.stringify(path)}}`,
    files: (path: string) => `{path: ${JSON.stringify(path)}, contents: {inline: a}}`,
    links: (path: string) => `{path: ${JSON.stringify(path)}, target: /opt/a}`,
  }
  for (const [kind, entry] of Object.entries(entries)) {
    const config = (path: string) => `${rest}storage: {${kind}: [${entry(path)}]}\n`
    const base = machineOf(config('/etc/a'))
    const obey = await obeyed(base, PATHS, (machine: Machine, path) => (machine.storage[kind][0].path = path))
    const isError = (problem: string) => !problem.startsWith('kubernetes-worker-without-state')
    const taken = PATHS.filter(path => problemsOf(config(path)).filter(isError).length === 0)
    expect(taken).toContain('/etc/a')
    expect(
      taken.filter(path => !obey.includes(path)),
      kind,
    ).toEqual([])
  }
})
