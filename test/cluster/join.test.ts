/** A machine becomes a node of a real cluster, and stays it. Needs root. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm.ts'
import { filesystemAt, readFrom, treeOf } from '../vm/disk.ts'
import { newDisk, powerOff, steady } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { bootAt, demoPod, podCidrOf, worker } from './worker.ts'

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
  await cluster.kubectl('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=50s')
  expect(await cluster.kubectl('logs', name)).toMatch(`hello from ${name}\n-----BEGIN CERTIFICATE-----\n`)
}
