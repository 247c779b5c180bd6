/** init applies what keelctl accepts: rules that no schema has are the same on both sides, tested here with the same strings. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import names from '../../fixtures/host-names.json' with { type: 'json' }
import { type MachineConfig, transpile } from '../../transpiler/index.ts'
import { HEAD, joining, problemsOf } from '../unit/problems.ts'
import { keelInit, keelInitAccepts } from './validators.ts'

let init = ''
let folder = ''

beforeAll(() => {
  init = keelInit()
  folder = mkdtempSync(join(tmpdir(), 'keel-same-rules-'))
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true }))

const transpiled = (text: string): MachineConfig => {
  const { machine } = transpile([{ name: 'a', text }])
  if (machine === undefined) throw new Error(`no machine config: ${problemsOf(text)}`)
  return machine
}

/** Which of the texts a boot accepts in the place where a change puts them. */
async function acceptedBy(
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
  const { good, bad } = names
  // An empty text breaks the schema already.
  const all = [...good, ...bad.filter(name => name !== '')]
  const as = (change: (machine: Machine, name: string) => unknown) =>
    acceptedBy(transpiled(joining('192.0.2.1:6443')), all, change)
  expect(await as((machine, name) => (machine.hostname.name = name))).toEqual(good)
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
  const base = transpiled(named('vm.swappiness'))
  const taken = await acceptedBy(
    base,
    all,
    (machine: Machine, name) => (machine.kernel.sysctl[0].name = name),
  )
  expect(taken).toEqual(all.filter(name => problemsOf(named(name)).length === 0))
  expect(taken).toEqual(all.slice(0, 3))
})

/** keelctl's verdict is asked by a config, init's by the place in a machine config of it. */
async function bothTake(
  texts: readonly string[],
  config: (text: string) => string,
  change: (machine: Machine, text: string) => unknown,
): Promise<{ keelctl: string[]; init: string[] }> {
  const init = await acceptedBy(transpiled(config(texts[0] ?? '')), texts, change)
  return { keelctl: texts.filter(text => !problemsOf(config(text)).some(isOfTheText)), init }
}

/** Other problems of the node do not concern the string. */
const isOfTheText = (problem: string) =>
  /^(kubernetes-(label|taint|kubelet-arg|pod|proxy|credentials)|time-server |network-vendor-class )/.test(
    problem,
  )

const quoted = (text: string) => JSON.stringify(text)
const worker = (rest: string) => `${joining('192.0.2.1:6443')}  ${rest}\n`

test('names of labels', async () => {
  const good = ['a', '1.2/foo', '10.0.0.300/x', 'example.org/a_b.C', `${'a'.repeat(63)}.b/c`]
  const bad = [
    'A.b/c',
    'a/b/c',
    '/a',
    'a/',
    '-a',
    'a.',
    'a..b/c',
    `${'a'.repeat(64)}/b`,
    `${'a.'.repeat(127)}a/b`,
  ]
  const taken = await bothTake(
    [...good, ...bad],
    name => worker(`labels: {${quoted(name)}: b}`),
    (machine, name) => (machine.kubernetes.labels[0].name = name),
  )
  expect(taken).toEqual({ keelctl: good, init: good })
})

test('NTP servers', async () => {
  const good = ['a.example.org', '192.0.2.123', '2001:db8::123', 'fd00:0:0:1::', '64:ff9b::192.0.2.1']
  const bad = [
    'a_b',
    'a.',
    '192.0.2.300',
    '[2001:db8::123]',
    '2001:db8::123%eth0',
    '2001:db8:::1',
    '1:2',
    ':',
  ]
  const taken = await bothTake(
    [...good, ...bad],
    server =>
      `${HEAD}network: {links: [{name: eth0, slaac: true, dhcp4: true}]}\ntime: {servers: [${quoted(server)}]}\nkubernetes: {role: none}\n`,
    (machine, server) => (machine.time.servers[0] = server),
  )
  expect(taken).toEqual({ keelctl: good, init: good })
})

test('vendor classes', async () => {
  const good = ['keel', ' ', 'MSFT 5.0', '~!"\\', 'a'.repeat(255)]
  const bad = ['', 'a'.repeat(256), 'Käse', 'a\tb', 'a\u0000', 'a\u007f', 'a\u0085', '😀', 'é'.repeat(255)]
  const taken = await bothTake(
    [...good, ...bad],
    text =>
      `${HEAD}network: {links: [{name: eth0, dhcp4: true, dhcp4Overrides: {vendorClass: ${quoted(text)}}}]}\nkubernetes: {role: none}\n`,
    (machine, text) => (machine.network.links[0].dhcp4Overrides.vendorClass = text),
  )
  expect(taken).toEqual({ keelctl: good, init: good })
})

test('overrides of a lease, without one', async () => {
  const overridden = (dhcp4: string) =>
    `${HEAD}network: {links: [{name: eth0, dhcp4: ${dhcp4}, dhcp4Overrides: {probe: true}}]}\nkubernetes: {role: none}\n`
  const taken = await acceptedBy(
    transpiled(overridden('true')),
    ['true', 'false'],
    (machine: Machine, dhcp4) => (machine.network.links[0].dhcp4 = dhcp4 === 'true'),
  )
  expect(taken).toEqual(['true'])
  expect(problemsOf(overridden('false'))).toContain(
    'network-overrides-unused $.network.links[0].dhcp4Overrides',
  )
})

test('values of the kubelet’s flags', async () => {
  const good = ['a', '/run/a=b,c', 'é', '"']
  const bad = ['a b', 'a\tb', 'a\u0000b', 'a\u001bb', 'a\u007f', 'a\u0085b', 'a\u2028b', 'a\n']
  const taken = await bothTake(
    [...good, ...bad],
    value => worker(`kubelet: {extraArgs: {lock-file: ${quoted(value)}}}`),
    (machine, value) => (machine.kubernetes.kubeletExtraArgs[0].value = value),
  )
  expect(taken).toEqual({ keelctl: good, init: good })
})

test('proxies, and what is reached without one', async () => {
  const proxied = (rest: object) =>
    `${HEAD}kubernetes: {role: standalone, proxy: ${JSON.stringify({ https: 'http://p:3128', noProxy: ['a'], credentials: { username: 'a', password: 'b' }, ...rest })}}\n`
  const ofProxy = (change: (proxy: Machine, text: string) => unknown) => (machine: Machine, text: string) =>
    change(machine.kubernetes.proxy, text)
  const urls = [
    'http://p:3128',
    'https://p',
    'http://192.0.2.1:1',
    'http://P.example:65535',
    'http://[::1]:1',
  ]
  const noUrls = [
    ...['p:3128', 'HTTP://p:3128', 'http://p:3128/', 'http://p:', 'http://p:0', 'http://p:03128'],
    ...[
      'http://p:65536',
      'http://u:p@p',
      'socks5://p:1080',
      'http://::1',
      'http://[::1',
      'http://[p]:1',
      'http://[::1%lo]',
      'http://p_q',
      'http://p.',
    ],
    ...[
      'http://',
      'http://256.0.0.1',
      'http:///',
      'http://p?a',
      'http://p#a',
      'http://p q',
      'http://p\u0085',
    ],
  ]
  for (const key of ['http', 'https'])
    expect(
      await bothTake(
        [...urls, ...noUrls],
        url => proxied({ [key]: url }),
        ofProxy((proxy, url) => (proxy[key] = url)),
      ),
    ).toEqual({ keelctl: urls, init: urls })

  // init only keeps the list whole; what Go understands of an entry, keelctl alone knows.
  const entries = [
    'a',
    '.a.b',
    'a.b:80',
    '.a:1',
    'A.B',
    '10.0.0.0/8',
    '10.0.0.5/32',
    '10.0.0.1:80',
    'localhost',
    '::1',
    'fd00::/8',
  ]
  const noWords = ['a,b', 'a b', ' a', 'a\n', 'a\u2003b', 'a\u0000', 'a\u0085', 'a\u007f']
  const others = ['*', '*.a', '10.*', '[::1]', 'fd00::/129', 'http://a', 'a/b', 'a.', '10.0.0.0/33', 'a:0']
  expect(
    await bothTake(
      [...entries, ...noWords, ...others],
      host => proxied({ noProxy: [host] }),
      ofProxy((proxy, host) => (proxy.noProxy[0] = host)),
    ),
  ).toEqual({ keelctl: entries, init: [...entries, ...others] })

  const words = ['a', 'ü', 'a@b/c%d', ' a ', '"\\', '12345', '{{a}', '\u00a0', '😀', '-', 'a+b=c&d']
  const noTexts = ['a\n', 'a\tb', '\u0000', 'a\u007f', 'a\u0085b', 'a\u009f']
  expect(
    await bothTake(
      [...words, ...noTexts, 'a:b'],
      username => proxied({ credentials: { username, password: 'b' } }),
      ofProxy((proxy, name) => (proxy.credentials.username = name)),
    ),
  ).toEqual({ keelctl: words, init: words })
  expect(
    await bothTake(
      [...words, 'a:b', ...noTexts],
      password => proxied({ credentials: { username: 'a', password } }),
      ofProxy((proxy, password) => (proxy.credentials.password = password)),
    ),
  ).toEqual({ keelctl: [...words, 'a:b'], init: [...words, 'a:b'] })
})

test('names and namespaces of static pods', () => {
  const pod = (metadata: object) =>
    `${HEAD}kubernetes: {role: standalone, staticPods: [{pod: ${JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { hostNetwork: true, containers: [{ name: 'a', image: 'b' }] } })}}]}\n`
  const long = (length: number) => `${'abcdefghij.'.repeat(30).slice(0, length - 1)}z`
  const fileOf = (metadata: object) => (transpiled(pod(metadata)) as Machine).kubernetes.staticPods[0].name
  expect(fileOf({ name: 'a', namespace: '' })).toBe('a')
  expect(fileOf({ name: 'a', namespace: 'default' })).toBe('a')
  expect(fileOf({ name: 'a', namespace: 'kube-system' })).toBe('kube-system_a')
  expect(fileOf({ name: long(249) })).toHaveLength(249)
  expect(problemsOf(pod({ name: long(250) }))).toEqual([
    'kubernetes-pod-name $.kubernetes.staticPods[0].pod.metadata.name',
  ])
  expect(problemsOf(pod({ name: long(240), namespace: 'kube-system' }))).toEqual([
    'kubernetes-pod-name $.kubernetes.staticPods[0].pod.metadata.name',
  ])
  for (const namespace of ['a/b', '..', 'Kube', 'a.b', '-a', 'a'.repeat(64)])
    expect(problemsOf(pod({ name: 'a', namespace }))).toEqual([
      'kubernetes-pod-namespace $.kubernetes.staticPods[0].pod.metadata.namespace',
    ])
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
    const base = transpiled(config('/etc/a'))
    const accepted = await acceptedBy(
      base,
      PATHS,
      (machine: Machine, path) => (machine.storage[kind][0].path = path),
    )
    const isError = (problem: string) => !problem.startsWith('kubernetes-worker-without-state')
    const taken = PATHS.filter(path => problemsOf(config(path)).filter(isError).length === 0)
    expect(taken).toContain('/etc/a')
    expect(
      taken.filter(path => !accepted.includes(path)),
      kind,
    ).toEqual([])
  }
})
