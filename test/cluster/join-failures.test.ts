/** What keeps a machine from joining has a name each, and is fatal only if no repetition can heal it. Needs root. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm.ts'
import { fatal, newDisk, powerOff, steady } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { bootAt, worker } from './worker.ts'

let cluster: ControlPlane

beforeAll(async () => {
  cluster = await startControlPlane(await clusterPrograms())
})
afterAll(() => cluster?.stop())

const WAIT_MS = 240_000

test('another CA than the config names ends the boot, and the power button still works', async () => {
  const caHash = `sha256:${'0'.repeat(64)}`
  const tap = cluster.network.addTap()
  const vm = await bootAt(cluster, tap, {
    config: [worker('wary', tap, { ...cluster, caHash })],
    disk: newDisk(1024),
  })
  expect(await fatal(vm), vm.console()).toMatchObject({
    error: { code: 'join-ca-mismatch', stage: 'join', pointer: '/kubernetes/discovery/caCertHashes' },
  })
  await powerOff(vm)
})

test('a name that a Ready node has is waited for until it is free, and a joined node does not change its name', async () => {
  const tap = cluster.network.addTap()
  const disk = newDisk(1024)
  const config = `${worker('twin', tap, cluster)}    maxRetryDelay: 2s\n`
  const first = await bootAt(cluster, tap, { config: [config], disk })
  // Not earlier: the cluster misses a node that says nothing after fifty seconds.
  await first.waitFor('containerd', ({ type }) => type === 'process-started', WAIT_MS)
  await makeReadyNode('twin')
  expect(
    await first.waitFor('the taken name', isFailure('join-name-taken'), WAIT_MS),
    first.console(),
  ).toMatchObject({
    fatal: false,
    retryInMs: 2000,
    error: { pointer: '/hostname' },
  })
  await cluster.kubectl('delete', 'node', 'twin')
  await steady(first, WAIT_MS)
  await powerOff(first)

  const renamed = await bootAt(cluster, tap, { config: [worker('other', tap, cluster)], disk })
  expect(await fatal(renamed), renamed.console()).toMatchObject({ error: { code: 'join-changed' } })
  expect(started(renamed)).toEqual([])
})

const isFailure = (code: string) => (event: NodeEvent) =>
  event.type === 'failed' && (event.error as { code: string }).code === code

const started = (vm: Vm) => vm.events.filter(({ type }) => type === 'process-started')

/** A node as the cluster knows it, without a machine. The cluster takes it for Ready until it misses it. */
async function makeReadyNode(name: string): Promise<void> {
  const file = join(cluster.dir, `${name}.json`)
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name } }))
  await cluster.kubectl('create', '-f', file)
  const conditions = [{ type: 'Ready', status: 'True', reason: 'Test', message: 'made by a test' }]
  const patch = JSON.stringify({ status: { conditions } })
  await cluster.kubectl('patch', 'node', name, '--subresource=status', '--type=merge', '-p', patch)
}
