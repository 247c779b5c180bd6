/** Which values of a node config are read as Kubernetes reads them: those that the schema marks, wherever they come from. */
import { expect, test } from 'vitest'
import kubernetes from '../../schema/kubernetes/v1.json' with { type: 'json' }
import node from '../../schema/node/v1.json' with { type: 'json' }
import { transpile } from '../../transpiler/index.ts'

const HEAD = 'apiVersion: keel/v1\nhostname: node-1\n'
const configOf = (pod: string) => `${HEAD}kubernetes: {role: standalone, staticPods: [{pod: ${pod}}]}\n`
const podOf = (mode: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostNetwork: true, containers: [{name: c, image: i}], volumes: [{name: v, downwardAPI: {defaultMode: ${mode}}}]}}`

const result = (...texts: string[]) => transpile(texts.map((text, i) => ({ name: `${i}.yaml`, text })))
const machineText = (...texts: string[]) => JSON.stringify(result(...texts).machine?.kubernetes)

test('every mark names a type of Kubernetes that is generated', () => {
  const marks = [...JSON.stringify(node).matchAll(/"x-kubernetes":"(\w+)"/g)].map(([, name = '']) => name)
  expect(marks.sort()).toEqual(['KubeletConfiguration', 'Pod'])
  for (const name of marks) expect(Object.keys(kubernetes.definitions)).toContain(name)
})

test.each(['0644', '0o644', '420'])('a mode %s in a pod is a number in octal', mode => {
  expect(machineText(configOf(podOf(mode)))).toContain('\\"defaultMode\\":420')
})

test('so it is in a pod that an alias or a merge key brings from elsewhere', () => {
  const alias = `${HEAD}x-mine: &mine ${podOf('0400')}\nkubernetes: {role: standalone, staticPods: [{pod: *mine}]}\n`
  expect(machineText(alias)).toContain('\\"defaultMode\\":256')
  const merged = `${HEAD}x-mine: &mine {pod: ${podOf('0400')}}\nkubernetes: {role: standalone, staticPods: [{<<: *mine}]}\n`
  expect(machineText(merged)).toContain('\\"defaultMode\\":256')
})

test('keys of the same names elsewhere are keys like any other', () => {
  const worker = `${HEAD}
storage: {disks: [{match: {serial: d1}, partitions: [{label: KEEL-STATE, size: 1GiB}, {label: KEEL-DATA, size: rest}]}]}
kubernetes:
  role: worker
  join: {endpoint: 192.0.2.1:6443, token: abcdef.0123456789abcdef, caCertHashes: ["sha256:${'0'.repeat(64)}"]}
  labels: {pod: 010, config: 007}
  taints: [{key: config, value: 010, effect: NoSchedule}]
`
  const { machine, diagnostics } = result(worker)
  expect(diagnostics).toEqual([])
  expect(machine?.kubernetes).toMatchObject({
    labels: [
      { name: 'pod', value: '010' },
      { name: 'config', value: '007' },
    ],
    taints: [{ key: 'config', value: '010' }],
  })
})

test('lists of a kubelet patch are replaced, and those of Keel are joined', () => {
  const dns = (address: string) =>
    `kubernetes: {kubelet: {config: {clusterDNS: [${address}]}}, images: [/keel/data/${address}.tar]}\n`
  const text = machineText(`${HEAD}kubernetes: {role: standalone}\n`, dns('10.96.0.10'), dns('10.97.0.10'))
  expect(text).toContain('\\"clusterDNS\\":[\\"10.97.0.10\\"]')
  expect(text).toContain('10.96.0.10.tar')
})
