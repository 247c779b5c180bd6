/** A key without a value removes what an earlier file has; where it removes nothing, that is worth a warning. */
import { expect, test } from 'vitest'
import { transpile } from '../../transpiler/index.ts'
import { pathText } from '../../transpiler/path.ts'

const HEAD = 'apiVersion: keel/v1\nhostname: node-1\n'
const CODE = 'schema-key-without-value'

function reported(...texts: string[]): string[] {
  const { diagnostics } = transpile(texts.map((text, i) => ({ name: `${i}.yaml`, text })))
  return diagnostics.map(({ code, severity, path }) => `${severity} ${code} ${pathText(path)}`)
}

const warnings = (...paths: string[]) => paths.map(path => `warning ${CODE} ${path}`)

test.each([
  ['kernel:', ['$.kernel']],
  ['kernel: ~', ['$.kernel']],
  ['kernel: NULL', ['$.kernel']],
  ['kernel: {sysctl: {vm.swappiness: }}', ['$.kernel.sysctl["vm.swappiness"]']],
  ['time: {servers: , timeout: null}', ['$.time.servers', '$.time.timeout']],
  ['network:\n  links:\n    - name: eth0\n      dhcp4: true\n      mtu:\n', ['$.network.links[0].mtu']],
  [
    'storage: {files: [{path: /etc/a, contents: {inline: a, local: }, uid: }]}',
    ['$.storage.files[0].contents.local', '$.storage.files[0].uid'],
  ],
  [
    'kubernetes: {role: standalone, kubelet: {config: }, clientCA: }',
    ['$.kubernetes.kubelet.config', '$.kubernetes.clientCA'],
  ],
  ['x-notes:', []],
  ['x-notes: {a: ~}', []],
])('%j', (text, paths) => {
  expect(reported(HEAD + text)).toEqual(warnings(...paths))
})

test.each([
  ['apiVersion: keel/v1\nhostname:\n', '$.hostname 2:1'],
  [
    `${HEAD}network: {links: [{name: eth0, dhcp4: true}]}\nonFailure: {reboot: ~}\n`,
    '$.onFailure.reboot 4:13',
  ],
  [`${HEAD}storage: {links: [{path: , target: /etc/b}]}\n`, '$.storage.links[0].path 3:20'],
  [`${HEAD}kubernetes:\n  role:\n`, '$.kubernetes.role 4:3'],
])('a required key without a value is one error at that key: %j', (text, place) => {
  const { diagnostics } = transpile([{ name: 'a.yaml', text }])
  expect(
    diagnostics.map(
      ({ code, path, location }) => `${code} ${pathText(path)} ${location?.line}:${location?.col}`,
    ),
  ).toEqual([`schema-missing-key ${place}`])
})

test('an empty string is only advised where one is possible', () => {
  const hint = (text: string) =>
    transpile([{ name: 'a.yaml', text: HEAD + text }]).diagnostics.find(({ code }) => code === CODE)?.hint
  const worker = (rest: string) => `kubernetes: {role: worker, ${rest}}\n`
  expect(hint(worker('labels: {a: }'))).toContain('""')
  expect(hint(worker('taints: [{key: a, effect: NoSchedule, value: }]'))).toContain('""')
  for (const text of [
    worker('nodeName: '),
    'network: {links: [{name: eth0, dhcp4: true, mtu: }]}',
    'time: {timeout: }',
  ])
    expect(hint(text)).not.toContain('""')
})

test('null in a later file removes, and is worth a warning only without anything to remove', () => {
  const first = `${HEAD}kernel: {sysctl: {vm.swappiness: "1"}, modules: [dummy]}\ntime: {servers: [192.0.2.1]}\n`
  expect(reported(first, 'kernel: {sysctl: {vm.swappiness: }, modules: ~}\ntime:\n')).toEqual([])
  expect(reported(first, 'kernel: {sysctl: {vm.swapiness: }}\n')).toEqual(
    warnings('$.kernel.sysctl["vm.swapiness"]'),
  )
  // Removed, given again, removed again; and removed twice.
  expect(reported(first, 'time:\n', 'time: {servers: [192.0.2.2]}\n', 'time:\n')).toEqual([])
  expect(reported(first, 'time:\n', 'time:\n')).toEqual([])
  expect(reported(`${HEAD}time:\n`, 'time: {servers: [192.0.2.2]}\n', 'time:\n')).toEqual([])
  expect(reported(`${HEAD}time:\n`, 'time:\n')).toEqual(warnings('$.time'))
})

test('null that removes what a config needs is the mistake of its own file', () => {
  const sources = [`${HEAD}`, 'kernel: {}\nhostname:\n'].map((text, i) => ({ name: `${i}.yaml`, text }))
  const { diagnostics } = transpile(sources)
  expect(diagnostics).toMatchObject([
    { code: 'schema-missing-key', path: ['hostname'], location: { file: '1.yaml', line: 2 } },
  ])
})

test('a label without a value is not the label with the empty value, and what is written for that is', () => {
  const worker = (labels: string) => `${HEAD}
storage: {disks: [{match: {serial: d1}, partitions: [{label: KEEL-STATE, size: 1GiB}, {label: KEEL-DATA, size: rest}]}]}
kubernetes:
  role: worker
  join: {endpoint: 192.0.2.1:6443, token: abcdef.0123456789abcdef, caCertHashes: ["sha256:${'0'.repeat(64)}"]}
  labels: {${labels}}
`
  expect(reported(worker('example.org/gpu: , rack: a'))).toEqual(
    warnings('$.kubernetes.labels["example.org/gpu"]'),
  )
  expect(reported(worker('example.org/gpu: "", rack: a'))).toEqual([])
})
