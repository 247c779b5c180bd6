/** Two machines in one cluster: what kubectl does with their pods, what the pods do with each other, and a machine that is replaced. Needs root. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { componentOf } from '../../images/lock.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { imageFacts } from '../image/opened.ts'
import { lockOf } from '../lock.ts'
import { AGENT_PORT, agentFragment, askOver, bytesOver } from '../vm/agent.ts'
import { newDisk, steady } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import {
  callReady,
  create,
  isFailure,
  joins,
  overForward,
  runPod,
  untilPodReady,
  untilReady,
  WAIT_MS,
  WHOLE_MS,
} from './kubectl.ts'
import type { Tap } from './network.ts'
import { agentPod, bootAt, podCidrOf, SHORT_DELAYS, worker } from './worker.ts'

let cluster: ControlPlane

beforeAll(async () => {
  // The cluster misses nobody by itself: how long this machine takes for a boot must not matter.
  const flags = { 'kube-controller-manager': { 'node-monitor-grace-period': '30m' } }
  cluster = await startControlPlane(await clusterPrograms(), { flags })
})
afterAll(() => cluster?.stop())

const hostOf = (tap: Tap) => tap.address.split('/')[0] ?? ''
const ipOf = (pod: string) => cluster.kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.podIP}')
const exec = (pod: string, ...words: string[]) => cluster.kubectl('exec', pod, '--', '/agent', ...words)

test('pods of two workers reach each other, kubectl reaches into them, and a killed worker is replaced under its name', {
  timeout: WHOLE_MS,
}, async () => {
  const [one, two] = [cluster.network.addTap(), cluster.network.addTap()]
  for (const tap of [one, two]) cluster.network.routePods(podCidrOf(tap), hostOf(tap))
  const first = await start('worker-1', one)
  const second = await start('worker-2', two)
  await Promise.all([joined('worker-1', first), joined('worker-2', second)])

  const addresses = await Promise.all([ipOf('pod-of-worker-1'), ipOf('pod-of-worker-2')])
  expect(addresses).toEqual([inCidr(one), inCidr(two)])
  await reachEachOther()

  expect(await exec('pod-of-worker-1', 'do', 'cat /etc/hostname')).toBe('pod-of-worker-1\n')
  await runPod(cluster, 'talks', 'worker-2')
  const answer = await overForward(cluster, 'pod-of-worker-2', AGENT_PORT, async port =>
    askOver(await cluster.connect('127.0.0.1', port), 'cat /etc/hostname'),
  )
  expect(answer).toBe('pod-of-worker-2\n')

  await isAsLocked(one, 'worker-1')

  // All this happened in the dark: nothing but the control plane and the other worker was ever spoken to. Who tries is counted.
  expect(cluster.network.strays()).toBe(0)
  await expect(exec('pod-of-worker-1', 'ask', '192.0.2.1', 'ls /')).rejects.toThrow('exit code 1')
  expect(cluster.network.strays()).toBeGreaterThan(0)

  const killed = await containerOf('pod-of-worker-2')
  second.kill()
  await second.exited
  const replacement = await start('worker-2', two)
  expect(
    await replacement.waitFor('the taken name', isFailure('join-name-taken'), WAIT_MS),
    replacement.console(),
  ).toMatchObject({ fatal: false, retryInMs: 1000, error: { pointer: '/hostname' } })
  await callReady(cluster, 'worker-2', 'Unknown')
  await steady(replacement, WAIT_MS)
  expect(joins(replacement), replacement.console()).toEqual([{ nodeName: 'worker-2', isFirst: true }])
  await untilReady(cluster, 'worker-2', replacement)
  // The pods that the cluster had bound to the name start again.
  const isNew = async () => !['', killed].includes(await containerOf('pod-of-worker-2'))
  await expect.poll(isNew, { timeout: WAIT_MS, interval: 500 }).toBe(true)
  await untilPodReady(cluster, 'pod-of-worker-2')
  await reachEachOther()
})

/** A worker with the agent, once as a pod with the host's eyes and once, as soon as it has joined, as one like any other. */
const start = (name: string, tap: Tap): Promise<Vm> => {
  const config = [worker(name, tap, cluster), SHORT_DELAYS, agentFragment()]
  return bootAt(cluster, tap, { config, disk: newDisk(1024), lifetimeMs: WHOLE_MS })
}

async function joined(name: string, vm: Vm): Promise<void> {
  await steady(vm, WAIT_MS)
  await untilReady(cluster, name, vm)
  await create(cluster, agentPod(`pod-of-${name}`, name))
  await untilPodReady(cluster, `pod-of-${name}`)
}

const inCidr = (tap: Tap) => expect.stringContaining(podCidrOf(tap).replace('0/24', ''))

/** Each asks the other who it is. */
async function reachEachOther(): Promise<void> {
  const pods = ['pod-of-worker-1', 'pod-of-worker-2']
  for (const [from = '', to = ''] of [pods, pods.toReversed()]) {
    expect(await exec(from, 'ask', await ipOf(to), 'cat /etc/hostname')).toBe(`${to}\n`)
  }
}

const containerOf = (pod: string) =>
  cluster.kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].containerID}')

/** What runs on a node, by the name of the component that it came from. */
const PROGRAMS = { containerd: 'containerd', kubeadm: 'kubelet', kubelet: 'kubelet', runc: 'runc' }

/**
 * The programs are read out of the running machine. Each is the one that the image was built with, and the linker has noted in it
 * the digest of the very module that the lock pins: nobody had other sources.
 */
async function isAsLocked(tap: Tap, node: string): Promise<void> {
  const lock = lockOf('components')
  await untilPodReady(cluster, `agent-${node}`)
  for (const [program, component] of Object.entries(PROGRAMS)) {
    const socket = await cluster.connect(hostOf(tap), AGENT_PORT)
    const bytes = await bytesOver(socket, `cat /proc/1/root/bin/${program}`)
    const built = imageFacts().components.find(({ name }) => name === component)?.files
    const file = built?.find(({ path }) => path === `/bin/${component}`)
    expect(createHash('sha256').update(bytes).digest('hex'), program).toBe(file?.sha256)
    const { version, origin } = componentOf(lock, component)
    if (origin.kind !== 'go') throw new Error(`${component} is not a Go module`)
    expect(bytes.includes(`\t${origin.module}\tv${version}\t${origin.sum}\n`), program).toBe(true)
  }
  const versions = '-o=jsonpath={.status.nodeInfo.kubeletVersion} {.status.nodeInfo.containerRuntimeVersion}'
  const [kubelet, containerd] = ['kubelet', 'containerd'].map(name => componentOf(lock, name).version)
  expect(await cluster.kubectl('get', 'node', node, versions)).toBe(`v${kubelet} containerd://${containerd}`)
}
