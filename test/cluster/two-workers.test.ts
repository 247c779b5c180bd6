/**
 * Two machines in one cluster: what kubectl does with their pods, what the pods do with each other, a machine that is replaced, and
 * Services by what kubeadm installs. Needs root.
 */
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { componentOf } from '../../images/lock.ts'
import { KUBELET_PORT } from '../../src/kubelet/client.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { imageFacts } from '../image/opened.ts'
import { lockOf } from '../lock.ts'
import { addonImages, busyboxImage } from '../registry/parts.ts'
import { AGENT_PORT, agentFragment, askOver, bytesOver } from '../vm/agent.ts'
import { ports, processes, statedPorts, statedProcesses } from '../vm/inside.ts'
import { newDisk, steady, tempDir } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
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
import { arePulled, isServed, rulesOn, servedBy, system } from './served.ts'
import { hostOf, type StockedCluster, startStocked } from './stocked.ts'
import { agentPod, bootAt, podCidrOf, SHORT_DELAYS, worker } from './worker.ts'

let cluster: StockedCluster

const ipOf = (pod: string) => cluster.kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.podIP}')
const exec = (pod: string, ...words: string[]) => cluster.kubectl('exec', pod, '--', '/agent', ...words)

test('pods of two workers reach each other, kubectl reaches into them, and a killed worker is replaced under its name, and a Service answers across them', {
  timeout: WHOLE_MS,
}, async () => {
  const built = await clusterPrograms()
  cluster = await startStocked({ ...addonImages(built, tempDir()), 'busybox:1': busyboxImage(built) })
  const [one, two] = [cluster.network.addTap(), cluster.network.addTap()]
  for (const tap of [one, two]) cluster.network.routePods(podCidrOf(tap), hostOf(tap))
  const first = await start('worker-1', one)
  const second = await start('worker-2', two)
  await Promise.all([joined('worker-1', first), joined('worker-2', second)])

  const addresses = await Promise.all([ipOf('pod-of-worker-1'), ipOf('pod-of-worker-2')])
  expect(addresses).toEqual([inCidr(one), inCidr(two)])
  await reachEachOther()
  await isClosed(one)

  await cluster.install('kube-proxy', 'coredns')
  // A second one of a program of 60 MB shows nothing more.
  await system(cluster, 'scale', 'deployment/coredns', '--replicas=1')
  // What the machines pull meanwhile takes them longer than all that is asked here.
  await Promise.all([servedBy(cluster), isOpenToKubectl(one)])
  await isServed(cluster, [hostOf(one), hostOf(two)])
  expect(await rulesOn(cluster, 'worker-1')).toEqual({ nftables: true, iptables: false })
  arePulled(cluster, 'kube-proxy', 'coredns', 'busybox')
  // The new worker would pull it again.
  await system(cluster, 'delete', 'daemonset/kube-proxy', 'deployment/coredns')

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

  // All this happened in the dark: nothing but the cluster and its registry was ever spoken to. Who tries is counted.
  expect(cluster.network.strays()).toBe(0)
  await expect(exec('pod-of-worker-1', 'ask', '192.0.2.1', 'ls /')).rejects.toThrow('exit code 1')
  expect(cluster.network.strays()).toBeGreaterThan(0)
})

/** A worker with the agent, once as a pod with the host's eyes and once, as soon as it has joined, as one like any other. */
const start = (name: string, tap: Tap): Promise<Vm> => {
  const config = [worker(name, tap, cluster), SHORT_DELAYS, cluster.pulls, agentFragment()]
  return bootAt(cluster, tap, { config, disk: newDisk(2048), lifetimeMs: WHOLE_MS })
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

/** Nothing but what docs/running-node.md says listens on a worker or runs on it, and its kubelet answers no stranger. */
async function isClosed(tap: Tap): Promise<void> {
  const host = hostOf(tap)
  const ask = async (command: string) => askOver(await cluster.connect(host, AGENT_PORT), command)
  expect(await ports(ask)).toEqual(statedPorts(AGENT_PORT))
  // What carries out an exec ends a moment later.
  await expect.poll(() => processes(ask), { timeout: WAIT_MS }).toEqual(statedProcesses(PODS_OF_THE_FIRST))
  const socket = connect({ socket: await cluster.connect(host, KUBELET_PORT), rejectUnauthorized: false })
  socket.end('GET /pods HTTP/1.0\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.[01] 401 /)
}

/** The agent of `agentFragment` and `pod-of-worker-1`. */
const PODS_OF_THE_FIRST = 2

/** What somebody without a shell on the first node asks the cluster for instead. */
async function isOpenToKubectl(tap: Tap): Promise<void> {
  const node = 'worker-1'
  expect(await exec('pod-of-worker-1', 'do', 'cat /etc/hostname')).toBe('pod-of-worker-1\n')
  await runPod(cluster, 'talks', 'worker-2')
  const answer = await overForward(cluster, 'pod-of-worker-2', AGENT_PORT, async port =>
    askOver(await cluster.connect('127.0.0.1', port), 'cat /etc/hostname'),
  )
  expect(answer).toBe('pod-of-worker-2\n')
  await isAsLocked(tap, node)

  const logs = `/api/v1/nodes/${node}/proxy/logs/keel`
  expect(await cluster.kubectl('get', '--raw', `${logs}/kubelet.log`)).toContain('Started kubelet')
  expect(await cluster.kubectl('get', '--raw', `${logs}/containerd.log`)).toContain(
    'containerd successfully booted',
  )
  expect(await cluster.kubectl('get', '--raw', `${logs}/kubeadm.log`)).toContain(
    'This node has joined the cluster',
  )

  const image = ['--image=keel.local/agent:1', '--image-pull-policy=Never', '--profile=sysadmin']
  const printed = await cluster.kubectl(
    'debug',
    `node/${node}`,
    ...image,
    '--',
    '/agent',
    'do',
    'cat /host/etc/hostname',
  )
  const [pod = printed] = /node-debugger-\S+/.exec(printed) ?? []
  await cluster.kubectl('wait', `pod/${pod}`, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=150s')
  expect(await cluster.kubectl('logs', pod)).toBe(`${node}\n`)
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
