/** A machine becomes a node of a real cluster, and stays it. Needs root. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { addToLoopback } from '../metadata/namespace.ts'
import { METADATA_ADDRESS, profileOf } from '../metadata/profile.ts'
import { startSimulator } from '../metadata/simulator.ts'
import { AGENT_PORT, agentFragment, agentsIn, askOver } from '../vm/agent.ts'
import { filesystemAt, linkIn, makeEmpty, readFrom, removeFrom, replaceIn, treeOf } from '../vm/disk.ts'
import { iso } from '../vm/media.ts'
import { fatal, machineConfig, newDisk, powerOff, steady, tempDir } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { isFailure, joins, runPod, untilPodReady, untilReady, WAIT_MS, WHOLE_MS } from './kubectl.ts'
import { CONTROL_PLANE_ADDRESS, SECOND_ADDRESS, type Tap } from './network.ts'
import { bootAt, podCidrOf, SHORT_DELAYS, worker, workerByFile } from './worker.ts'

let cluster: ControlPlane

beforeAll(async () => {
  cluster = await startControlPlane(await clusterPrograms())
})
afterAll(() => cluster?.stop())

/** The machine config on KEEL-STATE serves only the machine that wrote it. */
const UUID = '0a9f2c1e-6d53-4c0b-9a41-7f2b6f3f8e10'
const DAY_MS = 86_400_000
/** Where the kubelet keeps its certificates, on KEEL-STATE, and the name of the one that counts. */
const [PKI, CURRENT] = ['/persist/var/lib/kubelet/pki', 'kubelet-client-current.pem']

/** The kubelet's client certificate. The link names its file by the node's path. */
function certificateOn(state: string): X509Certificate {
  return new X509Certificate(readFrom(state, certificateFile(state)))
}

function certificateFile(state: string): string {
  return join(PKI, basename(linkIn(state, `${PKI}/${CURRENT}`)))
}

/** When a certificate of today that is valid for a year has a few days left. A kubelet renews what has a tenth of its time left. */
const ALMOST_A_YEAR_ON = new Date(Date.now() + 350 * DAY_MS).toISOString().slice(0, 19)

/** What the cluster has signed for a node that asked as itself. */
const renewals = (node: string) =>
  cluster.kubectl(
    'get',
    'csr',
    `-o=jsonpath={.items[?(@.spec.username=="system:node:${node}")].status.certificate}`,
  )

/** As it lies on KEEL-STATE. */
const KUBECONFIG = '/persist/etc/kubernetes/kubelet.conf'

/** Nothing listens there: who uses it gets nowhere. The API server is not in noProxy. */
const PROXY_THAT_IS_AWAY = `
apiVersion: keel/v1
kubernetes: {proxy: {http: "http://${CONTROL_PLANE_ADDRESS}:9", https: "http://${CONTROL_PLANE_ADDRESS}:9"}}
`

test('a machine joins by its token and without its proxy, and stays the node that it is without token, config or another name', {
  timeout: WHOLE_MS,
}, async () => {
  const tap = cluster.network.addTap()
  const disk = newDisk(1024)
  const token = await cluster.createToken('1h')
  const start = (config?: string, clock?: string) =>
    bootAt(cluster, tap, {
      ...(config && { config: [config, PROXY_THAT_IS_AWAY] }),
      disk,
      hardware: { uuid: UUID, ...(clock && { clock }) },
    })
  cluster.network.routePods(podCidrOf(tap), tap.address.split('/')[0] ?? '')

  const first = await start(worker('worker-1', tap, { ...cluster, token }))
  await steady(first, WAIT_MS)
  expect(joins(first), first.console()).toEqual([{ nodeName: 'worker-1', isFirst: true }])
  await untilReady(cluster, 'worker-1', first)
  await runPod(cluster, 'hello', 'worker-1')
  await powerOff(first)
  // The node announced its shutdown: the cluster does not have to detect it.
  expect(drains(first), first.console()).toEqual([true])
  expect(await cluster.kubectl('get', 'pod/hello', '-o=jsonpath={.status.phase}')).toMatch(
    /^(Succeeded|Failed)$/,
  )
  const ready = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].message}'
  expect(await cluster.kubectl('get', 'node/worker-1', ready)).toContain('node is shutting down')

  const { endpoint, caHash } = cluster
  const state = filesystemAt(disk, 'KEEL-STATE')
  const kubeletPatch = expect.stringContaining('"cgroupDriver"')
  const named = { nodeName: 'worker-1', endpoint, caCertHashes: [caHash], labels: [], taints: [] }
  const record = { ...named, kubeletPatch, kubeletSize: expect.any(Number) }
  expect(JSON.parse(readFrom(state, '/identity/join.json'))).toEqual(record)
  const secret = token.split('.')[1] ?? token
  expect(JSON.stringify(first.events)).not.toContain(secret)
  expect(first.console()).not.toContain(secret)
  for (const label of ['KEEL-STATE', 'KEEL-DATA'])
    expect(
      treeOf(filesystemAt(disk, label)).filter(file => file.includes(secret)),
      label,
    ).toEqual([])

  await cluster.deleteToken(token)
  const old = certificateOn(state)
  const second = await start(undefined, ALMOST_A_YEAR_ON)
  await steady(second, WAIT_MS)
  expect(joins(second), second.console()).toEqual([{ nodeName: 'worker-1', isFirst: false }])
  expect(second.events.filter(({ process }) => process === 'kubeadm')).toEqual([])
  await untilReady(cluster, 'worker-1', second)
  // The kubelet asks for it by the certificate that ends soon.
  await expect.poll(() => renewals('worker-1'), { timeout: WAIT_MS, interval: 500 }).not.toBe('')
  await runPod(cluster, 'hello-again', 'worker-1')
  await powerOff(second)
  const renewed = certificateOn(state)
  expect(renewed.serialNumber).not.toBe(old.serialNumber)
  expect(renewed.subject).toBe(old.subject)

  // Without its kubeconfig it is not a node any more, and its config on KEEL-STATE has no secrets to become one again.
  const kubeconfig = join(tempDir(), 'kubelet.conf')
  writeFileSync(kubeconfig, readFrom(state, KUBECONFIG))
  removeFrom(state, KUBECONFIG)
  const withoutToken = await start()
  expect(await fatal(withoutToken), withoutToken.console()).toMatchObject({
    error: { code: 'join-credentials-missing' },
  })
  expectNoneGoesOn(withoutToken)
  await powerOff(withoutToken)

  replaceIn(state, KUBECONFIG, kubeconfig)
  const renamed = await start(worker('other', tap, cluster))
  expect(await fatal(renamed), renamed.console()).toMatchObject({ error: { code: 'join-changed' } })
  expectNoneGoesOn(renamed)
})

test("a copy of a worker's disk in a second machine, with a seed of its own, never becomes the same node; without its API server a node starts with the settings that it has", {
  timeout: WHOLE_MS,
}, async () => {
  const disks = [newDisk(1024), join(tempDir(), 'copy.img')] as const
  const taps = [cluster.network.addTap(), cluster.network.addTap()] as const
  /** One config for all machines but for the address; the name is the seed's. */
  const start = (machine: 0 | 1, disk: string, name: string, more: string[] = []) => {
    const tap = taps[machine]
    const config = worker('x', tap, cluster).replace('hostname: x', 'hostname: {from: [metadata, mac]}')
    const metaData = `instance-id: i-${name}\nlocal-hostname: ${name}\n`
    const userData = machineConfig([config, ...more])
    const seed = iso(tempDir(), 'cidata', { 'user-data': userData, 'meta-data': metaData })
    const uuid = UUID.replace(/..$/, `a${machine}`)
    return bootAt(cluster, tap, { disk, hardware: { uuid, media: [{ file: seed, as: 'ide-cd' }] } })
  }
  const original = await start(0, disks[0], 'cloned-1')
  await steady(original, WAIT_MS)
  await untilReady(cluster, 'cloned-1', original)
  await powerOff(original)

  copyFileSync(disks[0], disks[1])
  const copy = await start(1, disks[1], 'cloned-2')
  expect(await fatal(copy), copy.console()).toMatchObject({ error: { code: 'state-foreign' } })
  expectNoneGoesOn(copy)

  // While the copy is stopped, the node continues as before.
  cluster.network.pull(taps[0])
  const again = await start(0, disks[0], 'cloned-1', [withMaxPods(20)])
  const outdated = await again.waitFor('what it cannot follow', isFailure('join-outdated'), WAIT_MS)
  expect(outdated, again.console()).toMatchObject({
    fatal: false,
    error: { object: 'kubelet configuration', pointer: '/kubernetes/kubeletPatch' },
  })
  cluster.network.plug(taps[0])
  await steady(again, WAIT_MS)
  expect(joins(again), again.console()).toEqual([{ nodeName: 'cloned-1', isFirst: false }])
  await untilReady(cluster, 'cloned-1', again)
  const names = await cluster.kubectl('get', 'nodes', '-o=jsonpath={.items[*].metadata.name}')
  expect(names.split(' ').filter(name => name.startsWith('cloned'))).toEqual(['cloned-1'])
  expect((await nodeOf('cloned-1')).status.capacity.pods).toBe('110')
})

const withMaxPods = (maxPods: number) =>
  `apiVersion: keel/v1\nkubernetes: {kubelet: {config: {maxPods: ${maxPods}}}}\n`

/** A Node, as the cluster has it. */
const nodeOf = async (name: string) => JSON.parse(await cluster.kubectl('get', 'node', name, '-o', 'json'))

const superAdmin = () => ['--kubeconfig', join(cluster.dir, 'conf', 'super-admin.conf')]

test('a token that was rotated away is waited for, and a power cut in the middle of the join is finished with the new one', async () => {
  const tap = cluster.network.addTap()
  const disk = newDisk(1024)
  const old = await cluster.createToken('1h')
  await cluster.deleteToken(old)
  const token = await cluster.createToken('1h')
  const config = (token: string) => [worker('worker-2', tap, { ...cluster, token }), SHORT_DELAYS]

  const cut = await bootAt(cluster, tap, { config: config(old), disk })
  const refused = await cut.waitFor('the failure of the token', isFailure('join-token-unknown'), WAIT_MS)
  expect(refused, cut.console()).toMatchObject({
    fatal: false,
    retryInMs: expect.any(Number),
    error: { stage: 'join', pointer: '/kubernetes/discovery/token' },
  })
  // It is created again, and the machine goes on by itself.
  await cluster.run('kubeadm', [...superAdmin(), 'token', 'create', old, '--ttl', '1h'])
  await cut.waitFor(
    'the kubelet',
    ({ type, process }) => type === 'process-configured' && process === 'kubelet',
    WAIT_MS,
  )
  // From here on kubeadm's files are on the disk, and the certificate is not.
  cut.kill()
  await cut.exited

  await cluster.deleteToken(old)
  const next = await bootAt(cluster, tap, { config: config(token), disk })
  await steady(next, WAIT_MS)
  expect(joins(next), next.console()).toEqual([{ nodeName: 'worker-2', isFirst: true }])
  await untilReady(cluster, 'worker-2', next)
})

test('a machine joins by a discovery file with the configured labels, reports to the Cluster API, survives the end of its processes, outlives its KEEL-DATA, and goes back from settings that its kubelet refuses', {
  timeout: WHOLE_MS,
}, async () => {
  const tap = cluster.network.addTap()
  const disk = newDisk(1024)
  // Until it is created again nobody joins by it.
  const token = await cluster.createToken('1h')
  await cluster.deleteToken(token)
  const worker3 = workerByFile('worker-3', tap, { ...cluster, token })
  const config = [worker3, AS_CONFIGURED, SHORT_DELAYS, agentFragment()]
  // Its firmware names a platform, whose metadata service tells more about the node.
  const profile = profileOf('hetzner')
  addToLoopback(cluster.network.inside, METADATA_ADDRESS)
  const at = { address: METADATA_ADDRESS, port: 80, inside: cluster.network.inside }
  const service = await startSimulator({ profile, at })
  onTestFinished(() => service.close())
  const hardware = { smbios: profile.smbios, uuid: profile.uuid }
  const vm = await bootAt(cluster, tap, { config, disk, hardware, lifetimeMs: WHOLE_MS })
  const address = tap.address.split('/')[0] ?? ''
  const agents = async () => agentsIn(await askOver(await cluster.connect(address, AGENT_PORT), 'processes'))
  // Its pod has the host's network, and so runs before the machine has joined, by a kubelet that makes way for another one.
  await expect.poll(() => agents().catch(() => []), { timeout: WAIT_MS }).toHaveLength(1)
  const before = await agents()
  await cluster.run('kubeadm', [...superAdmin(), 'token', 'create', token, '--ttl', '1h'])
  await steady(vm, WAIT_MS)
  expect(kubelets(vm), vm.console()).toEqual([
    ...['started', 'ready', 'exited'],
    ...['started', 'configured', 'ready'],
  ])
  await untilReady(cluster, 'w3', vm)
  const { metadata, spec, status } = await nodeOf('w3')
  expect(metadata.labels).toMatchObject({
    'topology.kubernetes.io/zone': 'a',
    'topology.kubernetes.io/region': profile.node['topology.kubernetes.io/region'],
    'example.org/rack': '',
  })
  expect(spec.providerID).toBe(profile.node['providerID'])
  // The cluster takes its own taint of a new node away a moment after it calls the node Ready.
  expect(spec.taints).toContainEqual({ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' })
  expect([status.capacity.pods, metadata.labels['kubernetes.io/hostname']]).toEqual(['20', 'w3'])

  await untilPodReady(cluster, 'agent-w3')
  expect(await agents()).toEqual(before)
  const agentPod = async () => JSON.parse(await cluster.kubectl('get', 'pod', 'agent-w3', '-o', 'json'))
  const hash = ({ metadata }: { metadata: { annotations: Record<string, string> } }) =>
    metadata.annotations['kubernetes.io/config.hash']
  const joined = await agentPod()
  expect(joined.status.containerStatuses).toMatchObject([{ restartCount: 0 }])
  const configured = '/proc/1/root/run/cluster-api/bootstrap-success.complete'
  expect(await askOver(await cluster.connect(address, AGENT_PORT), `cat ${configured}`)).toBe('success')
  const isAgain = (name: string, count: number) => (event: NodeEvent) =>
    event.type === 'process-ready' &&
    event.process === name &&
    vm.events.filter(({ type, process }) => type === 'process-ready' && process === name).length === count
  // There was a kubelet before the one that joined.
  for (const [name, ready] of [
    ['containerd', 2],
    ['kubelet', 3],
  ] as const) {
    await askOver(await cluster.connect(address, AGENT_PORT), `kill ${name} 9`)
    await vm.waitFor(`${name} again`, isAgain(name, ready), WAIT_MS)
  }
  await runPod(cluster, 'after-the-kills', 'w3')
  await powerOff(vm)

  makeEmpty(disk, 'KEEL-DATA')
  const asked = service.requests.length
  const refused = [worker3, REFUSED, agentFragment()]
  const next = await bootAt(cluster, tap, { config: refused, disk, hardware, lifetimeMs: WHOLE_MS })
  await steady(next, WAIT_MS)
  expect(joins(next), next.console()).toEqual([{ nodeName: 'w3', isFirst: false }])
  expect(next.events.filter(isFailure('kubelet-settings-refused')).map(({ fatal }) => fatal)).toEqual([false])
  expect(service.requests).toHaveLength(asked)
  await untilReady(cluster, 'w3', next)
  expect((await nodeOf('w3')).status.capacity.pods).toBe('20')
  // What the machine config has given to the Node goes, and what only the cluster may take away is said.
  const taint = await next.waitFor('the taint', isFailure('join-outdated'), WAIT_MS)
  expect(taint.error).toMatchObject({ object: 'taints', pointer: '/kubernetes/taints' })
  expect(commandIn(taint)).toEqual(['taint', 'node', 'w3', '--overwrite', 'dedicated:NoSchedule-'])
  const { labels } = (await nodeOf('w3')).metadata
  expect([labels['example.org/rack'], labels['topology.kubernetes.io/zone']]).toEqual(['r2', undefined])
  await untilPodReady(cluster, 'agent-w3')
  expect(hash(await agentPod())).toBe(hash(joined))
})

/** The words behind kubectl in the message of a failure. */
const commandIn = ({ error }: NodeEvent) =>
  /kubectl (.*)$/.exec((error as { detail: string }).detail)?.[1]?.split(' ') ?? []

test('a node that has joined follows its config: address, labels, kubelet settings, a certificate that the cluster signs; it says what it cannot, and is Ready again when its cable is back', {
  timeout: WHOLE_MS,
}, async () => {
  const tap = cluster.network.addTap()
  const moved = { ...tap, address: '10.90.0.201/24' }
  const disk = newDisk(1024)
  const first = await bootAt(cluster, tap, {
    config: [
      worker('moving', tap, cluster),
      configured(tap, { zone: 'a', taints: [], settings: 'maxPods: 110' }),
    ],
    disk,
  })
  await steady(first, WAIT_MS)
  await untilReady(cluster, 'moving', first)
  expect(await addressOf('moving')).toBe(withoutPrefix(tap))
  expect(first.events.filter(isFailure('join-outdated'))).toEqual([])
  await powerOff(first)

  // By hand, against the config: the config counts.
  await cluster.kubectl('label', 'node', 'moving', 'topology.kubernetes.io/zone=z', '--overwrite')
  const settings = 'maxPods: 20, serverTLSBootstrap: true, memorySwap: {swapBehavior: LimitedSwap}'
  const changed = { zone: 'b', taints: ['dedicated=gpu:NoSchedule'], settings }
  const second = await bootAt(cluster, tap, {
    // A node that has joined never uses its token.
    config: [worker('moving', moved, { ...cluster, token: UNKNOWN_TOKEN }), configured(moved, changed)],
    disk,
    lifetimeMs: WHOLE_MS,
  })
  await steady(second, WAIT_MS)
  expect(joins(second), second.console()).toEqual([{ nodeName: 'moving', isFirst: false }])
  await expect.poll(() => addressOf('moving'), { timeout: WAIT_MS }).toBe(withoutPrefix(moved))
  await untilReady(cluster, 'moving', second)
  const taint = await second.waitFor('the taint', isFailure('join-outdated'), WAIT_MS)
  expect(taint, second.console()).toMatchObject({ fatal: false, error: { pointer: '/kubernetes/taints' } })
  expect(commandIn(taint)).toEqual(['taint', 'node', 'moving', '--overwrite', 'dedicated=gpu:NoSchedule'])
  await cluster.kubectl(...commandIn(taint))
  const { metadata, spec, status } = await nodeOf('moving')
  expect(metadata.labels['topology.kubernetes.io/zone']).toBe('b')
  expect(spec.taints).toContainEqual({ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' })
  expect(status.capacity.pods).toBe('20')
  expect(failuresOf(second), second.console()).toEqual(['join-outdated'])

  await servesAs('moving', withoutPrefix(moved))
  const configz = await cluster.kubectl('get', '--raw', '/api/v1/nodes/moving/proxy/configz')
  expect(JSON.parse(configz).kubeletconfig).toMatchObject({
    containerLogMaxSize: '10Mi',
    containerLogMaxFiles: 5,
    failSwapOn: false,
    memorySwap: { swapBehavior: 'LimitedSwap' },
  })

  await second.command('cable_out')
  const ready = () =>
    cluster.kubectl('get', 'node/moving', '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}')
  await expect.poll(ready, { timeout: WAIT_MS }).toBe('Unknown')
  await second.command('cable_in')
  await expect.poll(ready, { timeout: WAIT_MS }).toBe('True')
  await powerOff(second)
})

const UNKNOWN_TOKEN = 'abcdef.0123456789abcdef'

const failuresOf = (vm: Vm) =>
  vm.events.flatMap(({ type, error }) => (type === 'failed' ? [(error as { code: string }).code] : []))

/** Approves what a kubelet asks the cluster to sign for its server, as docs/workers.md says. */
async function approveServing(node: string): Promise<void> {
  const names = await cluster.kubectl(
    'get',
    'csr',
    '--field-selector=spec.signerName=kubernetes.io/kubelet-serving',
    `-o=jsonpath={.items[?(@.spec.username=="system:node:${node}")].metadata.name}`,
  )
  if (names !== '') await cluster.kubectl('certificate', 'approve', ...names.split(' '))
}

/** Waits until a kubelet shows a certificate of the cluster's CA for its address. It asks once more when its address has changed. */
async function servesAs(node: string, address: string): Promise<void> {
  const ca = readFileSync(join(cluster.dir, 'pki', 'ca.crt'))
  const shown = async () => {
    await approveServing(node)
    const socket = await cluster.connect(address, 10250)
    return new Promise<string>(resolve => {
      const tls = connect({ socket, ca, host: address }, () => {
        resolve(String(tls.getPeerCertificate().subject.CN))
        tls.destroy()
      }).on('error', error => resolve(error.message))
    })
  }
  await expect.poll(shown, { timeout: WAIT_MS, interval: 500 }).toBe(`system:node:${node}`)
}

/** The address by which the cluster reaches a node. */
const addressOf = (name: string) =>
  cluster.kubectl('get', `node/${name}`, '-o=jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')

/** A fragment that tells the kubelet its address, and what it registers its node with. */
const configured = (
  tap: Tap,
  { zone, taints, settings }: { zone: string; taints: string[]; settings: string },
) => `
apiVersion: keel/v1
kubernetes:
  labels: {topology.kubernetes.io/zone: ${zone}}
  taints: ${JSON.stringify(taints)}
  kubelet: {config: {${settings}}, extraArgs: {node-ip: ${withoutPrefix(tap)}}}
`

const withoutPrefix = ({ address }: Tap) => address.split('/')[0] ?? ''

test('a kubelet that loaded itself for another API server than kubeadm finds makes way for one that reaches that without its proxy', async () => {
  const tap = cluster.network.addTap()
  // The cluster is announced there, and calls its API server by another address.
  const argv = ['ip', 'address', 'add', `${SECOND_ADDRESS}/24`, 'dev', 'br0']
  const [program = '', ...rest] = cluster.network.inside(argv)
  execFileSync(program, rest)
  const config = [worker('worker-4', tap, cluster), FROM_PLATFORM, ANNOUNCED_ELSEWHERE]
  const vm = await bootAt(cluster, tap, { config, disk: newDisk(1024) })
  await steady(vm, WAIT_MS)
  expect(kubelets(vm), vm.console()).toEqual(['started', 'exited', 'started', 'configured', 'ready'])
  expect(vm.events).toContainEqual(
    expect.objectContaining({ type: 'process-exited', process: 'kubelet', wanted: true }),
  )
  // Nothing names its platform, and so it joins without.
  expect(vm.events.filter(isFailure('platform-facts-missing')), vm.console()).toMatchObject([
    { fatal: false, error: { stage: 'join', pointer: '/kubernetes/nodeLabelsFrom' } },
  ])
  await untilReady(cluster, 'worker-4', vm)
})

/** Nothing listens at the proxy. */
const ANNOUNCED_ELSEWHERE = `
apiVersion: keel/v1
kubernetes:
  join: {endpoint: "${SECOND_ADDRESS}:6443"}
  proxy: {https: "http://10.90.0.3:3128"}
`
const FROM_PLATFORM = 'apiVersion: keel/v1\nkubernetes: {nodeLabels: {fromPlatform: true}}\n'

/** What has happened to the kubelet. */
const kubelets = (vm: Vm) =>
  vm.events.filter(({ process }) => process === 'kubelet').map(({ type }) => type.replace('process-', ''))

/** A fragment that says everything about a node that can be said. */
const AS_CONFIGURED = `
apiVersion: keel/v1
kubernetes:
  nodeName: w3
  labels: {topology.kubernetes.io/zone: a, example.org/rack: ""}
  nodeLabels: {fromPlatform: true}
  taints: ["dedicated=gpu:NoSchedule"]
  kubelet: {config: {maxPods: 20}, extraArgs: {v: 3}}
`

/** The same later: other labels, no taint, and a cgroup that is not there, which ends a kubelet. */
const REFUSED = `
apiVersion: keel/v1
kubernetes:
  nodeName: w3
  labels: {example.org/rack: r2}
  kubelet:
    config:
      maxPods: 30
      enforceNodeAllocatable: [pods, system-reserved]
      systemReserved: {cpu: 100m}
      systemReservedCgroup: /nowhere
    extraArgs: {v: 3}
`

/** containerd may load itself; nothing else is started, and nothing gets further. */
function expectNoneGoesOn(vm: Vm): void {
  const happened = (event: string) =>
    vm.events.filter(({ type }) => type === event).map(({ process }) => process)
  expect(happened('process-started'), vm.console()).toEqual(['containerd'])
  expect(happened('process-ready'), vm.console()).toEqual([])
}

const drains = (vm: Vm) =>
  vm.events.filter(({ type }) => type === 'pods-drained').map(({ complete }) => complete)

/** What docs/images.md promises. */
const SMALLEST_MIB = 384

test('the smallest machine joins and keeps two pods, with its root in RAM', async () => {
  const tap = cluster.network.addTap()
  const config = [worker('small', tap, cluster)]
  const vm = await bootAt(cluster, tap, { config, disk: newDisk(1024), memoryMib: SMALLEST_MIB })
  await steady(vm, WAIT_MS)
  for (const name of ['first-small', 'second-small']) await runPod(cluster, name, 'small')
  // A minute after it was steady: a kubelet that lacks memory would have evicted one of them by then.
  const { usage } = await vm.waitFor('the usage', event => event.type === 'usage-measured', WAIT_MS)
  const running = (usage as { processes: string[] }).processes.filter(name => name === 'demo')
  expect(running, vm.console()).toEqual(['demo', 'demo'])
})
