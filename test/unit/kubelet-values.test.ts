/** What is in kubelet.config and extraArgs, against the types and flags of the pinned kubelet. */
import { expect, test } from 'vitest'
import { featureGates } from '../../schema/generated/kubernetes.ts'
import { transpile } from '../../transpiler/index.ts'
import { pathText } from '../../transpiler/path.ts'

const STANDALONE = 'role: standalone'
const HASH = '0'.repeat(64)
const WORKER = `role: worker, join: {endpoint: 192.0.2.1:6443, token: abcdef.0123456789abcdef, caCertHashes: ["sha256:${HASH}"]}`

const configOf = (role: string, kubelet: string) => `
apiVersion: keel/v1
hostname: node-1
storage: {disks: [{match: {serial: d1}, partitions: [{label: KEEL-STATE, size: 1GiB}, {label: KEEL-DATA, size: rest}]}]}
kubernetes: {${role}, kubelet: {${kubelet}}}
`

/** Code and place inside `kubelet` of each problem. */
function problemsIn(...configs: string[]): string[] {
  const sources = configs.map((text, i) => ({ name: `${i}.yaml`, text }))
  const { diagnostics } = transpile(sources)
  return diagnostics.map(({ code, path }) => `${code} ${pathText(path.slice(2)).slice(2)}`)
}

test.each([
  // Types, at the top and further in.
  ['maxPods: many', 'kubernetes-kubelet-type maxPods'],
  ['maxPods: 20.5', 'kubernetes-kubelet-type maxPods'],
  ['clusterDomain: [cluster.local]', 'kubernetes-kubelet-type clusterDomain'],
  ['seccompDefault: y', 'kubernetes-kubelet-type seccompDefault'],
  ['protectKernelDefaults: OFF', 'kubernetes-kubelet-type protectKernelDefaults'],
  ['allowedUnsafeSysctls: net.core.somaxconn', 'kubernetes-kubelet-type allowedUnsafeSysctls'],
  ['authentication: {webhook: {cacheTTL: 120}}', 'kubernetes-kubelet-type authentication.webhook.cacheTTL'],
  ['authentication: {anonymous: {enabled: yes}}', 'kubernetes-kubelet-type authentication.anonymous.enabled'],
  ['authentication: [webhook]', 'kubernetes-kubelet-type authentication'],
  [
    'evictionSoftGracePeriod: {memory.available: 90}',
    'kubernetes-kubelet-type evictionSoftGracePeriod["memory.available"]',
  ],
  ['kubeReserved: {cpu: 1}', 'kubernetes-kubelet-type kubeReserved.cpu'],
  ['kubeReserved: cpu=1', 'kubernetes-kubelet-type kubeReserved'],
  [
    'cpuManagerPolicyOptions: {full-pcpus-only: true}',
    'kubernetes-kubelet-type cpuManagerPolicyOptions.full-pcpus-only',
  ],
  ['featureGates: {MemoryQoS: "true"}', 'kubernetes-kubelet-type featureGates.MemoryQoS'],
  ['featureGates: [MemoryQoS]', 'kubernetes-kubelet-type featureGates'],
  [
    'reservedMemory: [{numaNode: "0", limits: {memory: 1Gi}}]',
    'kubernetes-kubelet-type reservedMemory[0].numaNode',
  ],
  ['registerWithTaints: [{key: 1, effect: NoSchedule}]', 'kubernetes-kubelet-type registerWithTaints[0].key'],
  ['tracing: {samplingRatePerMillion: all}', 'kubernetes-kubelet-type tracing.samplingRatePerMillion'],
  [
    'logging: {options: {json: {splitStream: "no"}}}',
    'kubernetes-kubelet-type logging.options.json.splitStream',
  ],
  ['staticPodURLHeader: {X-A: b}', 'kubernetes-kubelet-type staticPodURLHeader.X-A'],
  // Words, ranges and forms.
  ['hairpinMode: promiscuous', 'kubernetes-kubelet-value hairpinMode'],
  ['memoryManagerPolicy: static', 'kubernetes-kubelet-value memoryManagerPolicy'],
  ['topologyManagerScope: node', 'kubernetes-kubelet-value topologyManagerScope'],
  ['authorization: {mode: RBAC}', 'kubernetes-kubelet-value authorization.mode'],
  ['enforceNodeAllocatable: [pod]', 'kubernetes-kubelet-value enforceNodeAllocatable[0]'],
  ['tlsMinVersion: "1.3"', 'kubernetes-kubelet-value tlsMinVersion'],
  ['tlsCipherSuites: [TLS_RSA_AES]', 'kubernetes-kubelet-value tlsCipherSuites[0]'],
  ['logging: {format: JSON}', 'kubernetes-kubelet-value logging.format'],
  [
    'registerWithTaints: [{key: a, effect: noschedule}]',
    'kubernetes-kubelet-value registerWithTaints[0].effect',
  ],
  ['imageMinimumGCAge: 2 minutes', 'kubernetes-kubelet-value imageMinimumGCAge'],
  ['imageMinimumGCAge: ""', 'kubernetes-kubelet-value imageMinimumGCAge'],
  ['volumeStatsAggPeriod: 1h30', 'kubernetes-kubelet-value volumeStatsAggPeriod'],
  ['evictionHard: {memory.available: 100MB}', 'kubernetes-kubelet-value evictionHard["memory.available"]'],
  ['evictionHard: {memory.available: 110%}', 'kubernetes-kubelet-value evictionHard["memory.available"]'],
  ['evictionSoft: {memory.available: 0Mi}', 'kubernetes-kubelet-value evictionSoft["memory.available"]'],
  ['qosReserved: {memory: 1Gi}', 'kubernetes-kubelet-value qosReserved.memory'],
  ['maxPods: -1', 'kubernetes-kubelet-value maxPods'],
  ['readOnlyPort: 65536', 'kubernetes-kubelet-value readOnlyPort'],
  ['nodeLeaseDurationSeconds: 0', 'kubernetes-kubelet-value nodeLeaseDurationSeconds'],
  ['memorySwap: {swapBehavior: UnlimitedSwap}', 'kubernetes-kubelet-value memorySwap.swapBehavior'],
  // Keys and fields that are not there. A field is only dropped.
  ['evictionHard: {memory_available: 1Gi}', 'kubernetes-kubelet-key evictionHard.memory_available'],
  ['systemReserved: {hugepages-2Mi: 1Gi}', 'kubernetes-kubelet-key systemReserved.hugepages-2Mi'],
  [
    'topologyManagerPolicyOptions: {closest: "true"}',
    'kubernetes-kubelet-key topologyManagerPolicyOptions.closest',
  ],
  [
    'crashLoopBackOff: {maxRestartPeriod: 10s}',
    'kubernetes-kubelet-unknown crashLoopBackOff.maxRestartPeriod',
  ],
  [
    'authentication: {x509: {clientCaFile: /a}}',
    'kubernetes-kubelet-unknown authentication.x509.clientCaFile',
  ],
  ['hasOwnProperty: true', 'kubernetes-kubelet-unknown hasOwnProperty'],
  // Feature gates.
  ['featureGates: {KubeletPSI: false}', 'kubernetes-kubelet-gate-locked featureGates.KubeletPSI'],
  ['featureGates: {ProcMountType: false}', 'kubernetes-kubelet-gate-locked featureGates.ProcMountType'],
  [
    'featureGates: {DynamicKubeletConfig: false}',
    'kubernetes-kubelet-gate-unknown featureGates.DynamicKubeletConfig',
  ],
  ['featureGates: {toString: true}', 'kubernetes-kubelet-gate-unknown featureGates.toString'],
])('config: {%s}', (config, problem) => {
  expect(problemsIn(configOf(STANDALONE, `config: {${config}}`))).toEqual([
    `${problem.replace(' ', ' config.')}`,
  ])
})

test('a rich configuration that the kubelet takes has no problem', () => {
  const config = `
    maxPods: 250, podsPerCore: 0, maxParallelImagePulls: 5, serializeImagePulls: false, seccompDefault: true,
    address: "::", clusterDNS: [10.96.0.10, "fd00::a"], clusterDomain: cluster.local, allowedUnsafeSysctls: [net.core.*],
    evictionHard: {memory.available: 5%, nodefs.available: 1Gi, imagefs.inodesFree: 0%},
    evictionSoft: {memory.available: 1.5Gi}, evictionSoftGracePeriod: {memory.available: 1m30s}, evictionMinimumReclaim: {nodefs.available: 0Mi},
    systemReserved: {cpu: 200m, memory: 500Mi, pid: "1000", ephemeral-storage: 1Gi}, kubeReserved: {cpu: "1"},
    enforceNodeAllocatable: [pods], reservedSystemCPUs: "0,2-3", cpuManagerPolicy: static,
    cpuManagerPolicyOptions: {full-pcpus-only: "true"}, topologyManagerPolicy: best-effort, memoryThrottlingFactor: 0.8,
    memorySwap: {swapBehavior: ""}, nodeStatusUpdateFrequency: 10s, runtimeRequestTimeout: 2m0.5s, imageMaximumGCAge: 0s,
    authentication: {anonymous: {enabled: false}, webhook: {enabled: true, cacheTTL: 2m}}, authorization: {mode: Webhook},
    featureGates: {MemoryQoS: true, NodeSwap: true, AllBeta: false}, tlsMinVersion: VersionTLS13,
    tlsCipherSuites: [TLS_AES_128_GCM_SHA256], containerLogMaxSize: 50Mi, imageGCHighThresholdPercent: 100,
    logging: {format: json, flushFrequency: 5000000000, verbosity: 2, vmodule: [{filePattern: gc*, verbosity: 4}]},
    reservedMemory: [{numaNode: 0, limits: {memory: 1Gi, hugepages-1Gi: 1Gi}}], userNamespaces: {idsPerPod: 65536},
    preloadedImagesVerificationAllowlist: [registry.example.org/*]`
  expect(problemsIn(configOf(STANDALONE, `config: {${config}}`))).toEqual([])
})

test('every default of a feature gate can be written', () => {
  const gates = Object.entries(featureGates()).map(([name, gate]) => `${name}: ${gate.default}`)
  expect(gates.length).toBeGreaterThan(200)
  expect(problemsIn(configOf(STANDALONE, `config: {featureGates: {${gates.join(', ')}}}`))).toEqual([])
})

test.each([
  ['v: high', 'v'],
  ['v: 2.0x', 'v'],
  ['max-pods: -5', 'max-pods'],
  ['max-pods: 0110', 'max-pods'],
  ['oom-score-adj: 99999999999', 'oom-score-adj'],
  ['seccomp-default: yes', 'seccomp-default'],
  ['rotate-certificates: ""', 'rotate-certificates'],
  ['node-status-update-frequency: 1minute', 'node-status-update-frequency'],
  ['node-ip: node-1', 'node-ip'],
  ['node-ip: 127.0.0.1', 'node-ip'],
  ['node-ip: "192.0.2.1,192.0.2.2"', 'node-ip'],
  ['node-ip: "192.0.2.1,fd00::1,fd00::2"', 'node-ip'],
  ['node-ip: "fe80::1"', 'node-ip'],
  ['node-ip: 192.0.2.1/24', 'node-ip'],
  ['cluster-dns: "10.96.0.10,kube-dns"', 'cluster-dns'],
  ['topology-manager-policy: restrict', 'topology-manager-policy'],
  ['system-reserved: cpu', 'system-reserved'],
  ['system-reserved: disk=1Gi', 'system-reserved'],
  ['eviction-hard: memory.available<lots', 'eviction-hard'],
  ['eviction-soft-grace-period: memory.available=1', 'eviction-soft-grace-period'],
  ['feature-gates: MemoryQoS', 'feature-gates'],
  ['feature-gates: MemoryQoS=maybe', 'feature-gates'],
  ['container-log-max-size: 10MB', 'container-log-max-size'],
  ['pod-cidr: 10.244.0.0', 'pod-cidr'],
  ['tls-min-version: TLS13', 'tls-min-version'],
])('extraArgs: {%s}', (args, name) => {
  const reported = problemsIn(configOf(WORKER, `extraArgs: {${args}}`))
  expect(reported).toEqual([`kubernetes-kubelet-arg-value extraArgs.${name}`])
})

test('flags that the kubelet can read have no problem', () => {
  const args = `
    v: 4, max-pods: 250, node-ip: "192.0.2.1,fd00::1", seccomp-default: true, oom-score-adj: -999,
    sync-frequency: 1m, cluster-dns: "10.96.0.10,fd00::a", system-reserved: "cpu=200m,memory=500Mi", resolv-conf: "",
    eviction-hard: "memory.available<5%,nodefs.available<1Gi", feature-gates: "MemoryQoS=true,AllAlpha=false",
    provider-id: "aws:///a/i-1", topology-manager-policy: none, pod-cidr: "10.1.0.0/24,fd00:1::/64", log-json-split-stream: true,
    eviction-minimum-reclaim: "nodefs.available=500Mi", address: "::", contention-profiling: "1"`
  expect(problemsIn(configOf(WORKER, `extraArgs: {${args}}`))).toEqual([])
})

test('flags of feature gates are looked at as the gates of the configuration are', () => {
  expect(
    problemsIn(
      configOf(WORKER, 'extraArgs: {feature-gates: "NodeSwap=false,Devicemanager=true,MemoryQoS=true"}'),
    ),
  ).toEqual([
    'kubernetes-kubelet-gate-unknown extraArgs.feature-gates',
    'kubernetes-kubelet-gate-locked extraArgs.feature-gates',
  ])
})

test('null removes what Keel, the cluster or an earlier file has, and is worth a warning where none of them has it', () => {
  const standalone = (config: string) => configOf(STANDALONE, `config: {${config}}`)
  expect(problemsIn(standalone('volumePluginDir: null, authorization: {mode: ~}'))).toEqual([])
  expect(problemsIn(standalone('podsPerCore: , authentication: {webhook: {cacheTTL: }}'))).toEqual([
    'kubernetes-kubelet-null config.podsPerCore',
    'kubernetes-kubelet-null config.authentication.webhook.cacheTTL',
  ])
  const fragment = 'kubernetes: {kubelet: {config: {podsPerCore: , authentication: {webhook: {cacheTTL: }}}}}'
  expect(
    problemsIn(standalone('podsPerCore: 3, authentication: {webhook: {cacheTTL: 5m}}'), fragment),
  ).toEqual([])
  expect(problemsIn(standalone('podsPerCore: 3'), fragment)).toEqual([
    'kubernetes-kubelet-null config.authentication.webhook.cacheTTL',
  ])
  // What the cluster has nobody knows yet.
  expect(
    problemsIn(configOf(WORKER, 'config: {podsPerCore: , evictionHard: {memory.available: ~}}')),
  ).toEqual([])
  expect(problemsIn(configOf(WORKER, 'config: {reservedMemory: [{numaNode: , limits: {}}]}'))).toEqual([
    'kubernetes-kubelet-null config.reservedMemory[0].numaNode',
  ])
})

test('a field that cannot be changed has no other problem', () => {
  expect(problemsIn(configOf(STANDALONE, 'config: {healthzPort: "10248", cgroupDriver: 5}'))).toEqual([
    'kubernetes-kubelet-fixed config.healthzPort',
    'kubernetes-kubelet-fixed config.cgroupDriver',
  ])
})

test.each([
  ['cpuManagerPolicyOptions: {full-pcpus-only: true}', 'in quotes'],
  ['evictionHard: {memory.available: true}', undefined],
  ['kubeReserved: {cpu: false}', undefined],
  ['logging: {options: {json: {infoBufferSize: true}}}', undefined],
  ['systemReserved: {memory: 1}', 'in quotes'],
  ['streamingConnectionIdleTimeout: true', undefined],
  ['streamingConnectionIdleTimeout: 30', 'write 30s'],
])('quotes are only advised where they help: %s', (config, wanted) => {
  const { diagnostics } = transpile([{ name: 'a.yaml', text: configOf(STANDALONE, `config: {${config}}`) }])
  expect(diagnostics.map(({ code }) => code)).toEqual(['kubernetes-kubelet-type'])
  const [{ message, hint } = { message: '', hint: '' }] = diagnostics
  if (wanted === undefined) expect(hint).toBeUndefined()
  else expect(hint).toContain(wanted)
  // What is expected is never what was found.
  expect(message).not.toMatch(/expected true or false, found the boolean/)
})
