/** kubernetes.version: which it may be, and that it decides what the rest of the section may say. */
import { expect, test } from 'vitest'
import { KUBERNETES_VERSIONS } from '../../schema/generated/kubernetes-versions.ts'
import { KUBERNETES_LINES } from '../../schema/kubernetes-lines.ts'
import { mergeDifference } from '../../schema/merge-difference.ts'
import { transpile } from '../../transpiler/index.ts'
import { mergePatch } from '../../transpiler/json.ts'
import { MINORS_OF_KUBERNETES, otherMinors, typesOf } from '../../transpiler/sections/kubernetes/known.ts'

const configOf = (kubernetes: string) =>
  `apiVersion: keel/v1\nhostname: node-1\nkubernetes: {role: standalone, ${kubernetes}}\n`
const resultOf = (kubernetes: string) => transpile([{ name: 'node.keel.yaml', text: configOf(kubernetes) }])
const codesOf = (kubernetes: string) => resultOf(kubernetes).diagnostics.map(({ code }) => code)

test.each([...MINORS_OF_KUBERNETES, ...KUBERNETES_VERSIONS])(
  '%s is a version that an image can have',
  version => {
    const { diagnostics, machine } = resultOf(`version: "${version}"`)
    const hasEnded = KUBERNETES_LINES.some(line => line.hasEnded && version.startsWith(line.minor))
    expect(diagnostics.map(({ code }) => code)).toEqual(hasEnded ? ['kubernetes-version-ended'] : [])
    expect(machine).toMatchObject({ apiVersion: 'keel/v1.7', kubernetes: { version } })
  },
)

test.each([
  ['"1.33"', undefined],
  ['"2.0"', undefined],
  ['latest', undefined],
  ['v1.36', '1.36'],
  ['v1.36.3', '1.36'],
  ['"1.36.99"', '1.36'],
  ['1.36.3+k3s1', '1.36'],
])('%s is none, and what was meant is said where that is certain', (version, better) => {
  const [problem, ...more] = resultOf(`version: ${version}`).diagnostics
  expect(problem).toMatchObject({ code: 'kubernetes-version-unknown', path: ['kubernetes', 'version'] })
  expect(more).toEqual([])
  expect(problem?.hint?.startsWith('did you mean')).toBe(better !== undefined)
  expect(problem?.hint).toContain(better ?? KUBERNETES_VERSIONS[0])
})

test('without quotes it is a number, and 1.40 would be 1.4', () => {
  expect(codesOf('version: 1.37')).toEqual(['schema-type'])
})

test('without a version the machine config has none, and the newest kubelet decides', () => {
  const { machine } = resultOf('kubelet: {config: {defaultPodSysctls: {}}}')
  expect(machine?.kubernetes).not.toHaveProperty('version')
  expect(codesOf('kubelet: {config: {defaultPodSysctls: {}}}')).toEqual([])
})

test.each([
  // A field, a gate, a flag's value, a field of a pod: each of them came with 1.37.
  ['kubelet: {config: {defaultPodSysctls: {}}}', 'kubernetes-kubelet-unknown'],
  ['kubelet: {config: {featureGates: {GRPCContainerProbeTLS: true}}}', 'kubernetes-kubelet-gate-unknown'],
  [
    'staticPods: [{pod: {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostNetwork: true, containers: [{name: a, image: b, livenessProbe: {grpc: {port: 1, mode: TLS}}}]}}}]',
    'kubernetes-pod-unknown-field',
  ],
])('%s is of 1.37', (key, code) => {
  const [problem, ...more] = resultOf(`version: "1.36", ${key}`).diagnostics
  expect(problem).toMatchObject({ code, hint: 'Kubernetes has it since 1.37' })
  expect(problem?.message).toContain('Kubernetes 1.36')
  expect(more).toEqual([])
  expect(codesOf(`version: "1.37", ${key}`)).not.toContain(code)
})

test('a gate that is gone, or locked since, is checked against the version', () => {
  const gone = 'kubelet: {config: {featureGates: {SidecarContainers: true}}}'
  expect(codesOf(`version: "1.36", ${gone}`)).toEqual([])
  expect(resultOf(gone).diagnostics).toMatchObject([
    { code: 'kubernetes-kubelet-gate-unknown', hint: 'Kubernetes had it up to 1.36' },
  ])
  const locked = 'kubelet: {config: {featureGates: {HostnameOverride: false}}}'
  expect(codesOf(`version: "1.36", ${locked}`)).toEqual([])
  expect(resultOf(locked).diagnostics).toMatchObject([
    { code: 'kubernetes-kubelet-gate-locked', message: expect.stringContaining('in Kubernetes 1.37') },
  ])
})

test('what no minor has is known nowhere', () => {
  expect(otherMinors('1.36', minor => minor === '1.36')).toBeUndefined()
  expect(Object.keys(typesOf('1.36')).length).toBeGreaterThan(100)
})

test('a difference makes the one of the other', () => {
  const from = { a: 1, b: { c: [1], d: 'x' }, e: { f: 1 }, g: [] }
  const to = { a: 1, b: { c: [2, 3], h: {} }, e: 'text', i: { j: 1 } }
  const difference = mergeDifference(from, to)
  expect(difference).toEqual({ b: { c: [2, 3], d: null, h: {} }, e: 'text', g: null, i: { j: 1 } })
  expect(mergePatch(from, difference)).toEqual(to)
  expect(mergeDifference(to, to)).toEqual({})
})
