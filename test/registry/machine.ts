/** A machine at a site, and the ways into it. */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { kubeletAccess } from '../../src/kubelet/access.ts'
import { KUBELET_PORT, type Kubelet } from '../../src/kubelet/client.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { bootAt, machineAt } from '../cluster/worker.ts'
import { AGENT_PORT, agentFragment, askOver, bytesOver } from '../vm/agent.ts'
import type { BootOptions } from '../vm/vm.ts'
import { digestOf } from './image.ts'
import type { Site } from './site.ts'

export interface Machine {
  readonly vm: Vm
  readonly kubelet: Kubelet
  /** Gives the agent one command. */
  ask(command: string): Promise<string>
  /** A file of the node's root. */
  read(path: string): Promise<Buffer>
}

/** Boots a standalone node with its disk, the agent, and `config`. */
export async function bootNode(
  site: Site,
  disk: string,
  config: readonly string[],
  options: Pick<BootOptions, 'lifetimeMs'> = {},
): Promise<Machine> {
  const tap = site.network.addTap()
  const access = kubeletAccess(new Date())
  const node = `${machineAt('puller', tap)}kubernetes: {role: standalone}\n`
  const vm = await bootAt(site, tap, {
    config: [node, access.fragment, agentFragment(), ...config],
    disk,
    ...options,
  })
  const address = tap.address.split('/')[0] ?? ''
  const kubelet = await forward(() => site.connect(address, KUBELET_PORT))
  return {
    vm,
    kubelet: access.of({ hostPort: async () => kubelet }),
    ask: async command => askOver(await site.connect(address, AGENT_PORT), command),
    read: async path => bytesOver(await site.connect(address, AGENT_PORT), `cat /proc/1/root${path}`),
  }
}

/** A port of the loopback address, each of whose connections is taken on to one of the site. */
function forward(there: () => Promise<Socket>): Promise<number> {
  const server = createServer(here => {
    const end = () => void here.destroy()
    here.on('error', end)
    there().then(socket => {
      socket.on('error', end).on('close', end)
      here.on('close', () => socket.destroy())
      here.pipe(socket).pipe(here)
    }, end)
  })
  onTestFinished(() => void server.close())
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

const [METADATA, PAGE] = ['/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db', 4096]

/** Whether containerd has marked the image as one that is never removed: a page of its database has the image's digest and labels. */
export async function isPinned({ read }: Machine, manifest: Buffer = Buffer.alloc(0)): Promise<boolean> {
  const digest = digestOf(manifest)
  const database = await read(METADATA)
  return Array.from({ length: database.length / PAGE }, (_, i) =>
    database.subarray(i * PAGE, (i + 1) * PAGE),
  ).some(page => page.includes(digest) && page.includes('io.cri-containerd.pinned'))
}
