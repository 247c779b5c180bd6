/** A machine becomes a node of a real cluster, and stays it. Needs root. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm.ts'
import { AGENT_PORT, agentFragment, askOver } from '../vm/agent.ts'
import { filesystemAt, partitionsOf, readFrom, treeOf } from '../vm/disk.ts'
import { newDisk, powerOff, steady } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { bootAt, demoPod, podCidrOf, worker, workerByFile } from './worker.ts'

let cluster: ControlPlane

beforeAll(async () => {
  cluster = await startControlPlane(await clusterPrograms())
})
afterAll(() => cluster?.stop())

test('a machine joins by its token, runs a pod, and after a reboot is the same node without a second join', async () => {
  const tap = cluster.network.addTap()
  const disk = newDisk(1024)
  const config = [worker('worker-1', tap, cluster)]
  cluster.network.routePods(podCidrOf(tap), tap.address.split('/')[0] ?? '')

  const first = await bootAt(cluster, tap, { config, disk })
  await steady(first, WAIT_MS)
  expect(joins(first), first.console()).toEqual([{ nodeName: 'worker-1', isFirst: true }])
  await untilReady('worker-1', first)
  await runPod('hello', 'worker-1')
  await powerOff(first)
  // The cluster was told before the node went: it does not have to find out.
  expect(drains(first), first.console()).toEqual([true])
  const ready = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].message}'
  expect(await cluster.kubectl('get', 'node/worker-1', ready)).toContain('node is shutting down')

  const { endpoint, token, caHash } = cluster
  const state = filesystemAt(disk, 'KEEL-STATE')
  const record = { nodeName: 'worker-1', endpoint, caCertHashes: [caHash] }
  expect(JSON.parse(readFrom(state, '/identity/join.json'))).toEqual(record)
  const secret = token.split('.')[1] ?? token
  expect(JSON.stringify(first.events)).not.toContain(secret)
  expect(first.console()).not.toContain(secret)
  for (const label of ['KEEL-STATE', 'KEEL-DATA'])
    expect(
      treeOf(filesystemAt(disk, label)).filter(file => file.includes(secret)),
      label,
    ).toEqual([])

  const second = await bootAt(cluster, tap, { config, disk })
  await steady(second, WAIT_MS)
  expect(joins(second), second.console()).toEqual([{ nodeName: 'worker-1', isFirst: false }])
  expect(second.events.filter(({ process }) => process === 'kubeadm')).toEqual([])
  await untilReady('worker-1', second)
  await runPod('hello-again', 'worker-1')
})

test('a token that is made only later is waited for, and a power cut in the middle of the join is finished by the next boot', async () => {
  const tap = cluster.network.addTap()
  const disk = newDisk(1024)
  const token = 'fedcba.fedcba9876543210'
  const config = [worker('worker-2', tap, { ...cluster, token })]

  const cut = await bootAt(cluster, tap, { config, disk })
  const isRefused = ({ type, error }: NodeEvent) =>
    type === 'failed' && (error as { code: string }).code === 'join-token-unknown'
  expect(await cut.waitFor('the failure of the token', isRefused, WAIT_MS), cut.console()).toMatchObject({
    fatal: false,
    retryInMs: expect.any(Number),
    error: { stage: 'join', pointer: '/kubernetes/discovery/token' },
  })
  const superAdmin = ['--kubeconfig', join(cluster.dir, 'conf', 'super-admin.conf')]
  await cluster.run('kubeadm', [...superAdmin, 'token', 'create', token, '--ttl', '1h'])
  await cut.waitFor(
    'the kubelet',
    ({ type, process }) => type === 'process-started' && process === 'kubelet',
    WAIT_MS,
  )
  // From here on kubeadm's files are on the disk, and the certificate is not.
  cut.kill()
  await cut.exited

  const next = await bootAt(cluster, tap, { config, disk })
  await steady(next, WAIT_MS)
  expect(joins(next), next.console()).toEqual([{ nodeName: 'worker-2', isFirst: true }])
  await untilReady('worker-2', next)
})

test('a machine joins by a discovery file as it is told, survives the end of its processes, and outlives its KEEL-DATA', async () => {
  const tap = cluster.network.addTap()
  const disk = newDisk(1024)
  const config = [workerByFile('worker-3', tap, cluster), AS_TOLD, agentFragment()]
  const vm = await bootAt(cluster, tap, { config, disk })
  await steady(vm, WAIT_MS)
  await untilReady('w3', vm)
  const { metadata, spec, status } = JSON.parse(await cluster.kubectl('get', 'node', 'w3', '-o', 'json'))
  expect(metadata.labels).toMatchObject({ 'topology.kubernetes.io/zone': 'a', 'example.org/rack': '' })
  // The cluster takes its own taint of a new node away a moment after it calls the node Ready.
  expect(spec.taints).toContainEqual({ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' })
  expect([status.capacity.pods, metadata.labels['kubernetes.io/hostname']]).toEqual(['20', 'w3'])

  await untilPodReady('agent-w3')
  const address = tap.address.split('/')[0] ?? ''
  const isAgain = (name: string, count: number) => (event: NodeEvent) =>
    event.type === 'process-ready' &&
    event.process === name &&
    vm.events.filter(({ type, process }) => type === 'process-ready' && process === name).length === count
  for (const name of ['containerd', 'kubelet']) {
    await askOver(await cluster.connect(address, AGENT_PORT), `kill ${name} 9`)
    await vm.waitFor(`${name} again`, isAgain(name, 2), WAIT_MS)
  }
  await runPod('after-the-kills', 'w3')
  await powerOff(vm)

  wipe(disk, 'KEEL-DATA')
  const next = await bootAt(cluster, tap, { config, disk })
  await steady(next, WAIT_MS)
  expect(joins(next), next.console()).toEqual([{ nodeName: 'w3', isFirst: false }])
  await untilReady('w3', next)
})

/** A fragment that says everything about a node that can be said. */
const AS_TOLD = `
apiVersion: keel/v1
kubernetes:
  nodeName: w3
  labels: {topology.kubernetes.io/zone: a, example.org/rack: ""}
  taints: ["dedicated=gpu:NoSchedule"]
  kubelet: {config: {maxPods: 20}, extraArgs: {v: 3}}
`

/** Puts an empty filesystem in the place of the one that is there. */
function wipe(disk: string, label: string): void {
  const partition = partitionsOf(disk).find(({ name }) => name === label)
  if (!partition) throw new Error(`${disk} has no partition ${label}`)
  const offset = `offset=${partition.start * 512}`
  execFileSync('mke2fs', [
    '-q',
    '-F',
    '-t',
    'ext4',
    '-L',
    label,
    '-E',
    offset,
    disk,
    `${partition.size / 2}k`,
  ])
}

/** A join is longer than other boots. */
const WAIT_MS = 240_000

/** A busy machine may need more than one try; what matters is whether kubeadm ran at all. */
const joins = (vm: Vm) =>
  vm.events.flatMap(({ type, nodeName, attempts }: NodeEvent) =>
    type === 'joined' ? [{ nodeName, isFirst: attempts !== 0 }] : [],
  )

const drains = (vm: Vm) =>
  vm.events.filter(({ type }) => type === 'pods-drained').map(({ complete }) => complete)

/** Ready, and that in this very boot: the cluster does not notice at once that a node went away. */
async function untilReady(node: string, vm: Vm): Promise<void> {
  const bootId = vm.events[0]?.bootId
  await cluster.kubectl('wait', `node/${node}`, '--for=create', '--timeout=50s')
  await cluster.kubectl(
    'wait',
    `node/${node}`,
    `--for=jsonpath={.status.nodeInfo.bootID}=${bootId}`,
    '--timeout=50s',
  )
  await cluster.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=50s')
}

async function runPod(name: string, node: string): Promise<void> {
  const file = join(cluster.dir, `${name}.json`)
  writeFileSync(file, JSON.stringify(demoPod(name, node)))
  await cluster.kubectl('create', '-f', file)
  await untilPodReady(name)
  expect(await cluster.kubectl('logs', name)).toMatch(`hello from ${name}\n-----BEGIN CERTIFICATE-----\n`)
}

async function untilPodReady(name: string): Promise<void> {
  await cluster.kubectl('wait', `pod/${name}`, '--for=create', '--timeout=50s')
  await cluster.kubectl('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=50s')
}
