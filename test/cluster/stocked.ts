/** A cluster with a registry, which has images of all that it runs. Nodes reach it with a password, and trust it by its own CA. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Vm } from '../../src/vm/vm.ts'
import type { Image } from '../registry/image.ts'
import { type Registry, startRegistry, USER } from '../registry/registry.ts'
import { SITE_ADDRESS, siteIn } from '../registry/site.ts'
import { newDisk, steady } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, type Options, startControlPlane } from './control-plane.ts'
import { untilReady, WAIT_MS, WHOLE_MS } from './kubectl.ts'
import type { Tap } from './network.ts'
import { bootAt, podCidrOf, worker } from './worker.ts'

const PORT = 5000
/** What the names of images begin with. */
export const REGISTRY = `${SITE_ADDRESS}:${PORT}`

export interface StockedCluster extends ControlPlane {
  readonly registry: Registry
  /** A fragment for nodes that pull from the registry. */
  readonly pulls: string
  /** Makes or changes objects, and removes none. */
  apply(...objects: readonly object[]): Promise<void>
  /** One command in a pod; what it wrote. */
  exec(pod: string, ...command: readonly string[]): Promise<string>
}

/**
 * Gone when the test is over. `images` are those of the registry, by name and tag; nodes ask it also in the place of the registries in
 * `mirrored`, which nobody reaches.
 */
export async function startStocked(
  images: Readonly<Record<string, Image>>,
  { mirrored = [], ...options }: Options & { readonly mirrored?: readonly string[] } = {},
): Promise<StockedCluster> {
  // The cluster misses nobody by itself: how long this machine takes for a boot must not matter.
  const flags = { 'kube-controller-manager': { 'node-monitor-grace-period': '30m' } }
  const cluster = await startControlPlane(await clusterPrograms(), {
    flags,
    imageRepository: REGISTRY,
    ...options,
  })
  onTestFinished(cluster.stop)
  const folder = join(cluster.dir, 'site')
  mkdirSync(folder)
  const site = await siteIn(cluster.network, folder)
  onTestFinished(site.close)
  const registry = await startRegistry(site, { port: PORT, wants: 'password', images })
  const locked = { ca: { inline: site.ca }, credentials: USER }
  const registries = [
    { name: REGISTRY, ...locked },
    ...mirrored.map(name => ({
      name,
      upstream: false,
      mirrors: [{ url: `https://${REGISTRY}`, ...locked }],
    })),
  ]
  let files = 0
  return {
    ...cluster,
    registry,
    pulls: JSON.stringify({
      apiVersion: 'keel/v1',
      // CoreDNS asks it for names outside of the cluster, and does not start without one. Nobody answers.
      network: { nameservers: [SITE_ADDRESS] },
      kubernetes: { registries },
    }),
    apply: async (...objects) => {
      const file = join(cluster.dir, `applied-${files}.json`)
      files += 1
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
      await cluster.kubectl('apply', '-f', file)
    },
    exec: (pod, ...command) => cluster.kubectl('exec', pod, '--', ...command),
  }
}

interface WorkerOptions {
  /** As in its node config; absent: a bridge, with routes to its pods. */
  readonly cni?: string
  /** Absent: a new one. */
  readonly disk?: string
  /** When the machine is killed. */
  readonly lifetimeMs?: number
}

/** A worker that has joined and is Ready, or whose network is still to come: then it has only joined. */
export async function joinedWorker(
  cluster: StockedCluster,
  name: string,
  tap: Tap,
  { cni, disk = newDisk(2048), lifetimeMs = WHOLE_MS }: WorkerOptions = {},
): Promise<Vm> {
  if (cni === undefined) cluster.network.routePods(podCidrOf(tap), hostOf(tap))
  const config = [worker(name, tap, cluster, cni), cluster.pulls]
  const vm = await bootAt(cluster, tap, { config, disk, lifetimeMs })
  await steady(vm, WAIT_MS)
  if (cni === undefined) await untilReady(cluster, name, vm)
  return vm
}

export const hostOf = (tap: Tap): string => tap.address.split('/')[0] ?? ''
