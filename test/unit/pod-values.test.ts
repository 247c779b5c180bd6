/** What is in a static pod, against the types of the pinned Kubernetes. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { transpile } from '../../transpiler/index.ts'
import { pathText } from '../../transpiler/path.ts'
import { knownMinor } from '../../transpiler/sections/kubernetes/known.ts'
import { problemsOf } from '../../transpiler/sections/kubernetes/values/problems.ts'
import { objectIn } from '../../transpiler/yaml/object-file.ts'

const CONTAINER = 'containers: [{name: c, image: r.example.org/c}]'

const configOf = (pod: string) => `
apiVersion: keel/v1
hostname: node-1
kubernetes: {role: standalone, staticPods: [{pod: {${pod}}}]}
`

/** Code and place inside the pod of each problem. */
function problemsIn(pod: string): string[] {
  const { diagnostics } = transpile([{ name: 'n.yaml', text: configOf(pod) }])
  return diagnostics.map(({ code, path }) => `${code} ${pathText(path.slice(4)).replace(/^\$\.?/, '')}`)
}

const podOf = (spec: string) =>
  `apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostNetwork: true, ${spec}}`
const ofSpec = (spec: string) => problemsIn(podOf(spec))
const ofContainer = (more: string) =>
  ofSpec(`containers: [{name: c, image: r.example.org/c, ${more}}], volumes: [{name: v, emptyDir: {}}]`)

test.each([
  // Fields that Kubernetes does not have.
  ['hostPid: true', 'kubernetes-pod-unknown-field spec.hostPid'],
  ['volumes: [{name: v, hostpath: {path: /a}}]', 'kubernetes-pod-unknown-field spec.volumes[0].hostpath'],
  [
    'volumes: [{name: v, emptyDir: {size: 1Gi}}]',
    'kubernetes-pod-unknown-field spec.volumes[0].emptyDir.size',
  ],
  ['tolerations: [{keys: a}]', 'kubernetes-pod-unknown-field spec.tolerations[0].keys'],
  ['securityContext: {privileged: true}', 'kubernetes-pod-unknown-field spec.securityContext.privileged'],
  ['__proto__: {}', 'kubernetes-pod-unknown-field spec.__proto__'],
  ['constructor: {}', 'kubernetes-pod-unknown-field spec.constructor'],
  // Types.
  ['hostPID: on', 'kubernetes-pod-type spec.hostPID'],
  ['hostIPC: N', 'kubernetes-pod-type spec.hostIPC'],
  ['shareProcessNamespace: "true"', 'kubernetes-pod-type spec.shareProcessNamespace'],
  ['enableServiceLinks: 0', 'kubernetes-pod-type spec.enableServiceLinks'],
  ['terminationGracePeriodSeconds: 30s', 'kubernetes-pod-type spec.terminationGracePeriodSeconds'],
  ['activeDeadlineSeconds: 1.5', 'kubernetes-pod-type spec.activeDeadlineSeconds'],
  ['nodeSelector: {gpu: true}', 'kubernetes-pod-type spec.nodeSelector.gpu'],
  ['tolerations: {operator: Exists}', 'kubernetes-pod-type spec.tolerations'],
  [
    'tolerations: [{operator: Exists, tolerationSeconds: "5"}]',
    'kubernetes-pod-type spec.tolerations[0].tolerationSeconds',
  ],
  ['tolerations: [NoSchedule]', 'kubernetes-pod-type spec.tolerations[0]'],
  ['hostAliases: [{ip: 192.0.2.1, hostnames: a}]', 'kubernetes-pod-type spec.hostAliases[0].hostnames'],
  ['volumes: [{name: 1, emptyDir: {}}]', 'kubernetes-pod-type spec.volumes[0].name'],
  ['volumes: [{name: v, emptyDir: true}]', 'kubernetes-pod-type spec.volumes[0].emptyDir'],
  ['volumes: [{name: v, hostPath: /var/lib}]', 'kubernetes-pod-type spec.volumes[0].hostPath'],
  ['dnsConfig: {options: [{name: ndots, value: 2}]}', 'kubernetes-pod-type spec.dnsConfig.options[0].value'],
  [
    'securityContext: {sysctls: [{name: kernel.msgmax, value: 65536}]}',
    'kubernetes-pod-type spec.securityContext.sysctls[0].value',
  ],
  ['securityContext: {fsGroup: "0777"}', 'kubernetes-pod-type spec.securityContext.fsGroup'],
  ['affinity: []', 'kubernetes-pod-type spec.affinity'],
  // Words, numbers and forms.
  ['restartPolicy: OnFail', 'kubernetes-pod-value spec.restartPolicy'],
  ['preemptionPolicy: never', 'kubernetes-pod-value spec.preemptionPolicy'],
  ['os: {name: Linux}', 'kubernetes-pod-value spec.os.name'],
  ['tolerations: [{operator: Exist}]', 'kubernetes-pod-value spec.tolerations[0].operator'],
  [
    'volumes: [{name: v, hostPath: {path: /a, type: dir}}]',
    'kubernetes-pod-value spec.volumes[0].hostPath.type',
  ],
  [
    'volumes: [{name: v, emptyDir: {sizeLimit: 64MiB}}]',
    'kubernetes-pod-value spec.volumes[0].emptyDir.sizeLimit',
  ],
  [
    'securityContext: {seccompProfile: {type: runtime/default}}',
    'kubernetes-pod-value spec.securityContext.seccompProfile.type',
  ],
  [
    'securityContext: {fsGroupChangePolicy: onRootMismatch}',
    'kubernetes-pod-value spec.securityContext.fsGroupChangePolicy',
  ],
  ['overhead: {cpu: 1 core}', 'kubernetes-pod-value spec.overhead.cpu'],
  // Keys, and fields that are not there.
  ['overhead: {mem: 1Gi}', 'kubernetes-pod-key spec.overhead.mem'],
  [
    'topologySpreadConstraints: [{maxSkew: 1, topologyKey: a}]',
    'kubernetes-pod-missing-field spec.topologySpreadConstraints[0]',
  ],
  ['volumes: [{emptyDir: {}}]', 'kubernetes-pod-missing-field spec.volumes[0]'],
  ['volumes: [{name: v, nfs: {path: /a}}]', 'kubernetes-pod-missing-field spec.volumes[0].nfs'],
  // Null.
  ['volumes: [{name: v, emptyDir: }]', 'kubernetes-pod-null spec.volumes[0].emptyDir'],
  ['nodeSelector: {a: ~}', 'kubernetes-pod-null spec.nodeSelector.a'],
  ['securityContext: null', 'kubernetes-pod-null spec.securityContext'],
  ['tolerations: [null]', 'kubernetes-pod-type spec.tolerations[0]'],
])('the spec {%s}', (spec, problem) => {
  expect(ofSpec(`${spec}, ${CONTAINER}`)).toEqual([problem])
})

const C = 'spec.containers[0]'

test.each([
  ['imagePullpolicy: Always', `kubernetes-pod-unknown-field ${C}.imagePullpolicy`],
  ['hostNetwork: true', `kubernetes-pod-unknown-field ${C}.hostNetwork`],
  ['livenessProbe: {http: {port: 80}}', `kubernetes-pod-unknown-field ${C}.livenessProbe.http`],
  [
    'livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: a, val: b}]}}',
    `kubernetes-pod-unknown-field ${C}.livenessProbe.httpGet.httpHeaders[0].val`,
  ],
  ['resources: {request: {cpu: 1}}', `kubernetes-pod-unknown-field ${C}.resources.request`],
  [
    'securityContext: {capabilities: {adds: [NET_RAW]}}',
    `kubernetes-pod-unknown-field ${C}.securityContext.capabilities.adds`,
  ],
  [
    'env: [{name: A, valueFrom: {fieldRef: {path: a, fieldPath: b}}}]',
    `kubernetes-pod-unknown-field ${C}.env[0].valueFrom.fieldRef.path`,
  ],
  ['command: sleep', `kubernetes-pod-type ${C}.command`],
  ['args: [--port, 8080]', `kubernetes-pod-type ${C}.args[1]`],
  ['args: [--verbose, true]', `kubernetes-pod-type ${C}.args[1]`],
  ['env: {A: b}', `kubernetes-pod-type ${C}.env`],
  ['env: [{name: ON, value: true}]', `kubernetes-pod-type ${C}.env[0].value`],
  ['env: [{name: RATIO, value: 0.5}]', `kubernetes-pod-type ${C}.env[0].value`],
  ['env: [{name: MODE, value: 0644}]', `kubernetes-pod-type ${C}.env[0].value`],
  ['ports: [8080]', `kubernetes-pod-type ${C}.ports[0]`],
  ['ports: [{containerPort: "8080"}]', `kubernetes-pod-type ${C}.ports[0].containerPort`],
  ['tty: y', `kubernetes-pod-type ${C}.tty`],
  ['stdin: Off', `kubernetes-pod-type ${C}.stdin`],
  [
    'volumeMounts: [{name: v, mountPath: /v, readOnly: YES}]',
    `kubernetes-pod-type ${C}.volumeMounts[0].readOnly`,
  ],
  ['securityContext: {privileged: no}', `kubernetes-pod-type ${C}.securityContext.privileged`],
  ['securityContext: {runAsUser: root}', `kubernetes-pod-type ${C}.securityContext.runAsUser`],
  [
    'securityContext: {capabilities: {drop: ALL}}',
    `kubernetes-pod-type ${C}.securityContext.capabilities.drop`,
  ],
  ['livenessProbe: {exec: {command: /bin/true}}', `kubernetes-pod-type ${C}.livenessProbe.exec.command`],
  [
    'livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 10s}',
    `kubernetes-pod-type ${C}.livenessProbe.periodSeconds`,
  ],
  ['livenessProbe: {tcpSocket: {port: true}}', `kubernetes-pod-type ${C}.livenessProbe.tcpSocket.port`],
  [
    'livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: a, value: 1}]}}',
    `kubernetes-pod-type ${C}.livenessProbe.httpGet.httpHeaders[0].value`,
  ],
  ['resources: {limits: {memory: [1Gi]}}', `kubernetes-pod-type ${C}.resources.limits.memory`],
  ['resources: {limits: cpu=1}', `kubernetes-pod-type ${C}.resources.limits`],
  [
    'lifecycle: {preStop: {sleep: {seconds: "5"}}}',
    `kubernetes-pod-type ${C}.lifecycle.preStop.sleep.seconds`,
  ],
  ['workingDir: 1', `kubernetes-pod-type ${C}.workingDir`],
  ['imagePullPolicy: ifNotPresent', `kubernetes-pod-value ${C}.imagePullPolicy`],
  ['terminationMessagePolicy: Fallback', `kubernetes-pod-value ${C}.terminationMessagePolicy`],
  ['ports: [{containerPort: 80, protocol: tcp}]', `kubernetes-pod-value ${C}.ports[0].protocol`],
  ['ports: [{containerPort: 0}]', `kubernetes-pod-value ${C}.ports[0].containerPort`],
  [
    'livenessProbe: {httpGet: {port: 80, scheme: https}}',
    `kubernetes-pod-value ${C}.livenessProbe.httpGet.scheme`,
  ],
  ['livenessProbe: {httpGet: {port: "80"}}', `kubernetes-pod-value ${C}.livenessProbe.httpGet.port`],
  ['livenessProbe: {httpGet: {port: 80000}}', `kubernetes-pod-value ${C}.livenessProbe.httpGet.port`],
  [
    'livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 3000000000}',
    `kubernetes-pod-value ${C}.livenessProbe.periodSeconds`,
  ],
  ['resources: {limits: {cpu: 1.5cores}}', `kubernetes-pod-value ${C}.resources.limits.cpu`],
  ['resources: {limits: {memory: 1GB}}', `kubernetes-pod-value ${C}.resources.limits.memory`],
  ['resources: {limits: {memory: ""}}', `kubernetes-pod-value ${C}.resources.limits.memory`],
  ['resources: {requests: {CPU: 1}}', `kubernetes-pod-key ${C}.resources.requests.CPU`],
  ['resources: {requests: {storage: 1Gi}}', `kubernetes-pod-key ${C}.resources.requests.storage`],
  [
    'volumeMounts: [{name: v, mountPath: /v, mountPropagation: Shared}]',
    `kubernetes-pod-value ${C}.volumeMounts[0].mountPropagation`,
  ],
  ['volumeMounts: [{mountPath: /v}]', `kubernetes-pod-missing-field ${C}.volumeMounts[0]`],
  ['env: [{name: , value: a}]', `kubernetes-pod-missing-field ${C}.env[0]`],
  ['env: [{value: a}]', `kubernetes-pod-missing-field ${C}.env[0]`],
  ['livenessProbe: {httpGet: {path: /}}', `kubernetes-pod-missing-field ${C}.livenessProbe.httpGet`],
  [
    'securityContext: {seccompProfile: {}}',
    `kubernetes-pod-missing-field ${C}.securityContext.seccompProfile`,
  ],
  [
    'env: [{name: A, valueFrom: {fieldRef: {}}}]',
    `kubernetes-pod-missing-field ${C}.env[0].valueFrom.fieldRef`,
  ],
  ['env: ', `kubernetes-pod-null ${C}.env`],
  ['resources: {limits: }', `kubernetes-pod-null ${C}.resources.limits`],
])('the container {%s}', (container, problem) => {
  expect(ofContainer(container)).toEqual([problem])
})

test('init containers are looked at as containers are', () => {
  expect(
    ofSpec(`initContainers: [{name: i, image: r.example.org/i, env: [{name: N, value: 1}]}], ${CONTAINER}`),
  ).toEqual(['kubernetes-pod-type spec.initContainers[0].env[0].value'])
})

test.each([
  ['metadata: {name: a, labels: {app: 1}}', ['kubernetes-pod-type metadata.labels.app']],
  [
    'metadata: {name: a, annotations: {a: true, b: 2.5}}',
    ['kubernetes-pod-type metadata.annotations.a', 'kubernetes-pod-type metadata.annotations.b'],
  ],
  ['metadata: {name: a, label: {app: b}}', ['kubernetes-pod-unknown-field metadata.label']],
  ['metadata: {name: 7}', ['kubernetes-pod-type metadata.name']],
  ['metadata: {name: a, namespace: [b]}', ['kubernetes-pod-type metadata.namespace']],
  ['metadata: {name: a, labels: {app: }}', ['kubernetes-pod-null metadata.labels.app']],
  ['metadata: {name: a, creationTimestamp: null}', []],
  ['metadata: {name: a, creationTimestamp: yesterday}', ['kubernetes-pod-value metadata.creationTimestamp']],
  ['metadata: {name: a}, status: {phase: anything}', []],
  ['metadata: {name: a}, speck: {}', ['kubernetes-pod-unknown-field speck']],
])('the pod {%s}', (pod, problems) => {
  const spec = `{hostNetwork: true, ${CONTAINER}}`
  expect(problemsIn(`apiVersion: v1, kind: Pod, ${pod}, spec: ${spec}`)).toEqual(problems)
})

test('a word of YAML 1.1 is what was written where text is wanted, quoted or not', () => {
  const pod = podOf('containers: [{name: c, image: i, args: [yes, "no", on]}]')
  const { machine } = transpile([{ name: 'n.yaml', text: configOf(pod) }])
  expect(JSON.stringify(machine?.kubernetes)).toContain('[\\"yes\\",\\"no\\",\\"on\\"]')
})

test('what is not a Pod has that one problem', () => {
  const deployment = 'apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: []}}}'
  expect(problemsIn(deployment).map(one => one.split(' ')[0])).toEqual(['kubernetes-not-a-pod'])
})

test('real pods have no problem', () => {
  const names = readdirSync('fixtures/pods')
  expect(names.length).toBeGreaterThan(3)
  for (const name of names) {
    const found = objectIn(readFileSync(`fixtures/pods/${name}`), name)
    const problems = 'object' in found ? problemsOf(found.object, 'Pod', knownMinor(undefined)) : [found]
    // Older kubectl writes that one.
    const reported = problems.filter(one => !('at' in one && one.at[1] === 'creationTimestamp'))
    expect(reported, name).toEqual([])
  }
})

test.each(['cilium', 'flannel', 'kube-proxy'])('a node with %s has no warning', name => {
  const text = `apiVersion: keel/v1\nhostname: node-1\nkubernetes: {role: standalone, staticPods: [{local: ${name}.yaml}]}\n`
  const readLocal = (path: string) => new Uint8Array(readFileSync(`fixtures/pods/${path}`))
  expect(transpile([{ name: 'n.yaml', text }], { readLocal }).diagnostics).toEqual([])
})

test.each(['*unknown', '[*unknown]', '[{name: *unknown, emptyDir: {}}]'])(
  'a mount may be of a volume that could not be read: %s',
  volumes => {
    const mount = 'volumeMounts: [{name: v, mountPath: /v}]'
    const pod = podOf(`containers: [{name: c, image: i, ${mount}}], volumes: ${volumes}`)
    const { diagnostics } = transpile([{ name: 'n.yaml', text: configOf(pod) }])
    expect(diagnostics.map(({ code }) => code)).toEqual(['yaml-alias-unknown'])
  },
)
