/** What tests do with kubectl again and again, and for how long they wait for it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import type { ControlPlane } from './control-plane.ts'
import { demoPod } from './worker.ts'

/** What kubectl is given. */
type KubernetesObject = { kind: string; metadata: { name: string }; [key: string]: unknown }

/** For what follows a join in seconds, unless the machine is busy. */
const TIMEOUT = '--timeout=150s'

/** A join is longer than other boots. */
export const WAIT_MS = 240_000

/** For a test of several boots of machines that share two cores: on a busy machine they take long. */
export const WHOLE_MS = 1_200_000

/** Ready, and that in this very boot: the cluster does not notice at once that a node went away. */
export async function untilReady(cluster: ControlPlane, node: string, vm: Vm): Promise<void> {
  const bootId = vm.events[0]?.bootId
  await cluster.kubectl('wait', `node/${node}`, '--for=create', TIMEOUT)
  const isThisBoot = `--for=jsonpath={.status.nodeInfo.bootID}=${bootId}`
  await cluster.kubectl('wait', `node/${node}`, isThisBoot, TIMEOUT)
  await cluster.kubectl('wait', `node/${node}`, '--for=condition=Ready', TIMEOUT)
}

export async function untilPodReady(cluster: ControlPlane, name: string): Promise<void> {
  await cluster.kubectl('wait', `pod/${name}`, '--for=create', TIMEOUT)
  await cluster.kubectl('wait', `pod/${name}`, '--for=condition=Ready', TIMEOUT)
}

/** Makes an object. */
export async function create(cluster: ControlPlane, object: KubernetesObject): Promise<void> {
  const file = join(cluster.dir, `${object.metadata.name}.json`)
  writeFileSync(file, JSON.stringify(object))
  await cluster.kubectl('create', '-f', file)
}

/** Runs the demo's pod, and reads what it said. */
export async function runPod(cluster: ControlPlane, name: string, node: string): Promise<void> {
  await create(cluster, demoPod(name, node))
  await untilPodReady(cluster, name)
  expect(await cluster.kubectl('logs', name)).toMatch(`hello from ${name}\n-----BEGIN CERTIFICATE-----\n`)
}

/** Reports a node as Ready or as unknown, as its kubelet or the node controller would. */
export async function callReady(cluster: ControlPlane, node: string, status: 'True' | 'Unknown') {
  const conditions = [{ type: 'Ready', status, reason: 'Test', message: 'said by a test' }]
  const patch = JSON.stringify({ status: { conditions } })
  await cluster.kubectl('patch', 'node', node, '--subresource=status', '--type=strategic', '-p', patch)
}

/** Forwards a port of a pod until `use` ends, which gets the local address. */
export async function overForward<T>(
  cluster: ControlPlane,
  pod: string,
  port: number,
  use: (port: number) => Promise<T>,
): Promise<T> {
  const kubectl = [
    join(cluster.dir, 'bin/kubectl'),
    '--kubeconfig',
    join(cluster.dir, 'conf/super-admin.conf'),
  ]
  const [program = '', ...rest] = cluster.network.inside([
    ...kubectl,
    'port-forward',
    `pod/${pod}`,
    `:${port}`,
  ])
  const env = { PATH: process.env['PATH'], HOME: cluster.dir }
  const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const [, found] = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line) ?? []
      if (found) return await use(Number(found))
    }
    throw new Error(`kubectl port-forward pod/${pod} ended`)
  } finally {
    child.kill('SIGKILL')
    await gone
  }
}

/** The joins that a boot tells of. A busy machine may need more than one try; what matters is whether kubeadm ran at all. */
export const joins = (vm: Vm) =>
  vm.events.flatMap(({ type, nodeName, attempts }: NodeEvent) =>
    type === 'joined' ? [{ nodeName, isFirst: attempts !== 0 }] : [],
  )

export const isFailure = (code: string) => (event: NodeEvent) =>
  event.type === 'failed' && (event.error as { code: string }).code === code
