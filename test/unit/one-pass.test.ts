/** All problems in one pass: what breaks the schema hides no other problem, and causes none that does not exist. */
import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../transpiler/diag/diagnostic.ts'
import { Report } from '../../transpiler/diag/report.ts'
import { transpile } from '../../transpiler/index.ts'
import { type Path, pathText, valueAt } from '../../transpiler/path.ts'
import { Positions } from '../../transpiler/yaml/positions.ts'
import { readSource } from '../../transpiler/yaml/read-source.ts'
import { caseIn } from '../golden/case.ts'

const problemsOf = (text: string, options = {}) =>
  transpile([{ name: 'a.yaml', text }], options).diagnostics.map(
    ({ code, path }) => `${code} ${pathText(path)}`,
  )

/** All that can be read: a bomb of aliases has more places than there is time. */
const goldens = readdirSync('fixtures/golden').filter(name => {
  const { sources, options } = caseIn(`fixtures/golden/${name}`)
  return !transpile(sources, options).diagnostics.some(({ code }) => /^(yaml|source|template)-/.test(code))
})
const HEAD = 'apiVersion: keel/v1\nhostname: node-1\n'

describe('with a broken value', () => {
  test.each([
    [
      'a file without contents',
      'storage: {files: [{path: etc/a, mode: 644}]}\n',
      [
        'schema-missing-key $.storage.files[0]',
        'path-not-absolute $.storage.files[0].path',
        'storage-mode $.storage.files[0].mode',
      ],
    ],
    [
      'a file whose owner is a string',
      'storage: {files: [{path: etc/a, uid: root, contents: {inline: a}}]}\n',
      ['path-not-absolute $.storage.files[0].path', 'schema-type $.storage.files[0].uid'],
    ],
    [
      'a partition without a size, and a mount of another that does not exist',
      'storage: {disks: [{match: {serial: a}, partitions: [{label: a}]}], filesystems: [{partition: b, mountPath: /mnt/b}]}\n',
      [
        'schema-missing-key $.storage.disks[0].partitions[0]',
        'storage-unknown-partition $.storage.filesystems[0].partition',
        'path-read-only $.storage.filesystems[0].mountPath',
      ],
    ],
    [
      'a disk without a selector',
      'storage: {disks: [{partitions: [{label: a, size: rest}, {label: a, size: 1KiB}]}]}\n',
      [
        'schema-missing-key $.storage.disks[0]',
        'storage-rest-not-last $.storage.disks[0].partitions[0].size',
        'storage-duplicate-label $.storage.disks[0].partitions[1].label',
        'storage-size-unaligned $.storage.disks[0].partitions[1].size',
      ],
    ],
    [
      'a token that became a number',
      'kubernetes: {role: worker, join: {endpoint: example.org, token: 1, caCertHashes: [md5:1]}}\nstorage: {disks: [{match: {serial: a}, partitions: [{label: KEEL-STATE, size: rest}]}]}\n',
      [
        'kubernetes-endpoint $.kubernetes.join.endpoint',
        'schema-type $.kubernetes.join.token',
        'kubernetes-ca-hash $.kubernetes.join.caCertHashes[0]',
      ],
    ],
    [
      'an endpoint that is misspelled, where the hashes are missing',
      'kubernetes: {role: worker, join: {endpiont: "a:1", token: abcdef.0123456789abcdef}}\nstorage: {disks: [{match: {serial: a}, partitions: [{label: KEEL-STATE, size: rest}]}]}\n',
      ['kubernetes-join-unpinned $.kubernetes.join', 'schema-unknown-key $.kubernetes.join.endpiont'],
    ],
    [
      'a misspelled endpoint and nothing else',
      'kubernetes: {role: worker, join: {endpiont: "a:1"}}\nstorage: {disks: [{match: {serial: a}, partitions: [{label: KEEL-STATE, size: rest}]}]}\n',
      [
        'kubernetes-join-incomplete $.kubernetes.join',
        'kubernetes-join-unpinned $.kubernetes.join',
        'schema-unknown-key $.kubernetes.join.endpiont',
      ],
    ],
    [
      'a discovery file that is misspelled: nothing else is missing',
      'kubernetes: {role: worker, join: {discoveryFle: {inline: a}}}\nstorage: {disks: [{match: {serial: a}, partitions: [{label: KEEL-STATE, size: rest}]}]}\n',
      ['schema-unknown-key $.kubernetes.join.discoveryFle'],
    ],
    [
      'a size that is a list, with a minimum size of half a MiB',
      'storage: {disks: [{match: {serial: a}, partitions: [{label: a, size: [], minSize: 512KiB}]}]}\n',
      [
        'schema-type $.storage.disks[0].partitions[0].size',
        'storage-size-unaligned $.storage.disks[0].partitions[0].minSize',
      ],
    ],
    [
      'a pod whose kind is misspelled',
      'kubernetes: {role: standalone, cni: {bridge: {podCIDRs: [10.1.0.0/24]}}, staticPods: [{pod: {apiVersion: v1, kind: pod, metadata: {name: a_b}, spec: {containers: [{name: a}]}}}]}\n',
      [
        'kubernetes-container-incomplete $.kubernetes.staticPods[0].pod.spec.containers[0]',
        'kubernetes-not-a-pod $.kubernetes.staticPods[0].pod.kind',
        'kubernetes-pod-name $.kubernetes.staticPods[0].pod.metadata.name',
      ],
    ],
    [
      'a persisted path with an invalid mode, without a partition',
      'storage: {persist: [{path: /var/lib/a, mode: [], uid: 1}]}\n',
      ['storage-persist-without-partition $.storage.persist[0]', 'schema-type $.storage.persist[0].mode'],
    ],
    [
      'an interface whose MTU is a word, without a selector or an address',
      'network: {links: [{mtu: big}, {nmae: eth1, dhcp4: true}, {name: eth2, dhpc: true}]}\n',
      [
        'network-interface-no-address $.network.links[0]',
        'network-interface-no-selector $.network.links[0]',
        'schema-type $.network.links[0].mtu',
        'schema-unknown-key $.network.links[1].nmae',
        'schema-unknown-key $.network.links[2].dhpc',
      ],
    ],
    [
      'a worker without its role',
      'kubernetes: {join: {endpoint: example.org, token: a}, labels: {-a: b}}\n',
      [
        'schema-missing-key $.kubernetes',
        'kubernetes-endpoint $.kubernetes.join.endpoint',
        'kubernetes-token $.kubernetes.join.token',
        'kubernetes-join-unpinned $.kubernetes.join',
        'kubernetes-label-name $.kubernetes.labels["-a"]',
      ],
    ],
    [
      'a sysctl that is a list',
      'kernel: {sysctl: {a.b: [1], c.d: "1\\n2"}}\n',
      ['schema-type $.kernel.sysctl["a.b"]', 'kernel-sysctl-lines $.kernel.sysctl["c.d"]'],
    ],
  ])('%s', (_, rest, wanted) => expect(problemsOf(HEAD + rest).sort()).toEqual([...wanted].sort()))
})

test('a misspelled key hides no problem of the right one next to it', () => {
  expect(problemsOf(`${HEAD}storage: {directories: [{path: /etc/a, mod: 1, mode: 755}]}\n`)).toEqual([
    'schema-unknown-key $.storage.directories[0].mod',
    'storage-mode $.storage.directories[0].mode',
  ])
})

test('a misspelled key is not missing as well', () => {
  expect(problemsOf(`${HEAD}network: {links: [{nam: eth0, dhcp4: true}]}\n`)).toEqual([
    'schema-unknown-key $.network.links[0].nam',
  ])
})

describe('a map with an unreadable key misses no key, and the rest of the config is checked', () => {
  const others = 'onFailure: {reboot: {delay: 1ms}}\n'
  test.each([
    [
      'a filesystem whose partition is in a map as a key',
      'storage: {disks: [{match: {serial: a}, partitions: [{label: a, size: 1KiB}]}], filesystems: [{mountPath: /mnt/a, ? {partition: a} : }]}\n',
      ['storage-size-unaligned $.storage.disks[0].partitions[0].size', 'yaml-key-not-text $'],
    ],
    [
      'two mounts without their paths',
      'storage: {filesystems: [{partition: b, ? [mountPath] : /var/b}, {partition: b, ? [mountPath] : /var/b}]}\n',
      ['yaml-key-not-text $', 'yaml-key-not-text $'],
    ],
    [
      'a partition of which only the size is left, and an invalid persisted path',
      'storage: {disks: [{match: {serial: a}, partitions: [{size: 1KiB, ? {label: a} : b}]}], persist: [? {path: /var/a} : ]}\n',
      ['yaml-key-not-text $', 'yaml-key-not-text $'],
    ],
    [
      'a partition of which only the label is left, twice',
      'storage: {disks: [{match: {serial: a}, partitions: [{label: a, ? [a] : b}, {label: a, ? [a] : b}]}]}\n',
      ['yaml-key-not-text $', 'yaml-key-not-text $'],
    ],
    [
      'files, directories and links without their paths',
      'storage: {files: [{mode: 644, ? [path] : a}], directories: [{mode: 755, ? [path] : a}], links: [? {path: a, target: b} : c]}\n',
      Array(3).fill('yaml-key-not-text $'),
    ],
    [
      'a taint and a way to join of a worker',
      'kubernetes: {role: worker, taints: [{key: -a, ? [effect] : NoExecute}], join: {endpoint: example.org, ? {token: a} : b}}\n',
      ['kubernetes-worker-without-state $.kubernetes.role', ...Array(2).fill('yaml-key-not-text $')],
    ],
    ['a section without its role', 'kubernetes: {nodeName: A, ? [role] : worker}\n', ['yaml-key-not-text $']],
    [
      'a sysctl and a disk that are keys',
      'kernel: {sysctl: {? [a.b] : 1}}\nstorage: {disks: [? {match: {}} : [], {match: {? [serial] : a}, partitions: [{label: a, size: rest}]}]}\n',
      Array(3).fill('yaml-key-not-text $'),
    ],
    [
      'an interface and servers that are keys',
      'network: {links: [? {name: eth0} : dhcp], nameservers: [127.0.0.1]}\ntime: {? [servers] : [a]}\n',
      ['network-nameserver-unusable $.network.nameservers[0]', ...Array(2).fill('yaml-key-not-text $')],
    ],
    [
      'a merge key whose alias is unknown',
      'storage: {links: [{path: /etc/a, <<: *target}]}\n',
      ['yaml-alias-unknown $'],
    ],
    [
      'a merge key with a string, and one with a map that lost a key',
      'x-a: &a {? [b] : c}\nstorage: {links: [{path: /etc/a, <<: b}, {path: /etc/b, <<: *a}]}\n',
      ['yaml-key-not-text $', 'yaml-merge-key $'],
    ],
  ])('%s', (_, rest, wanted) => {
    const all = ['on-failure-delay $.onFailure.reboot.delay', ...wanted]
    expect(problemsOf(HEAD + rest + others).sort()).toEqual(all.sort())
  })

  test('the root, whose host name is the key', () => {
    expect(problemsOf(`apiVersion: keel/v1\n? [hostname]\n: a\n${others}`).sort()).toEqual([
      'on-failure-delay $.onFailure.reboot.delay',
      'yaml-key-not-text $',
    ])
  })

  test('an entry of the second of two files', () => {
    const sources = [HEAD + others, 'storage: {links: [{path: /etc/a, ? [target] : a}]}\n']
    const { diagnostics } = transpile(sources.map((text, i) => ({ name: `${i}`, text })))
    expect(diagnostics.map(({ code }) => code)).toEqual(['on-failure-delay', 'yaml-key-not-text'])
  })

  test('a map of which each file has a part', () => {
    const sources = [`${HEAD}kubernetes: {nodeName: a}\n`, 'kubernetes: {? [role] : worker}\n']
    const { diagnostics } = transpile(sources.map((text, i) => ({ name: `${i}`, text })))
    expect(diagnostics.map(({ code }) => code)).toEqual(['yaml-key-not-text'])
  })
})

/** A golden with one value replaced or taken out, each in turn, where that breaks the schema: the other problems. */
function* brokenIn(name: string): Generator<{ what: string; others: readonly Diagnostic[] }> {
  const { sources, options } = caseIn(`fixtures/golden/${name}`)
  const [source] = sources
  const root = source && readSource(source, new Positions(), new Report()).root
  for (const at of placesIn(root)) {
    for (const wrong of [[[1]], -1.5, undefined]) {
      const text = JSON.stringify(withValue(root, at, wrong))
      const { diagnostics } = transpile([{ name: 'a.json', text }], options)
      const others = diagnostics.filter(({ code }) => !code.startsWith('schema-'))
      if (others.length < diagnostics.length) yield { what: `${pathText(at)}: ${wrong}`, others }
    }
  }
}

const isClean = (name: string) => existsSync(`fixtures/golden/${name}/machine.json`)

describe('of a config without a problem, each value broken alone is the only problem', () => {
  test.each(goldens.filter(isClean))('%s', name => {
    for (const { what, others } of brokenIn(name)) expect(others, what).toEqual([])
  })
})

describe('no problem mentions that a broken value is absent', () => {
  test.each(goldens.filter(one => !isClean(one)))('%s', name => {
    for (const { what, others } of brokenIn(name))
      expect(JSON.stringify(others), what).not.toMatch(/undefined|NaN/)
  })
})

function placesIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...at, Array.isArray(value) ? Number(key) : key]
    return [here, ...placesIn(inner, here)]
  })
}

/** Without a value it is taken out. */
function withValue(root: unknown, at: Path, value: unknown): unknown {
  const copy = structuredClone(root)
  const parent = valueAt(copy, at.slice(0, -1)) as Record<string | number, unknown>
  const last = at.at(-1) ?? ''
  if (Array.isArray(parent) && value === undefined) parent.splice(Number(last), 1)
  else parent[last] = value
  return copy
}
