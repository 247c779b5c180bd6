/** Flannel as the network of pods of two workers, by VXLAN and by WireGuard. Its CNI plugin cannot be had, so its pods write a network of bridge and portmap. Needs root. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { busyboxPod, WEB_PORT, wget } from '../cluster/busybox-pod.ts'
import { clusterPrograms, longPrograms } from '../cluster/cluster-programs.ts'
import { untilPodReady, untilReady, WAIT_MS, WHOLE_MS } from '../cluster/kubectl.ts'
import { joinedWorker, type StockedCluster, startStocked } from '../cluster/stocked.ts'
import { busyboxImage, dirOf, filterLayer, programImage } from '../registry/parts.ts'
import { newDisk, powerOff, tempDir } from '../vm/vm.ts'
import { explained } from './explained.ts'
import { flannelWith } from './flannel-objects.ts'

const LINKS = { vxlan: 'flannel.1', wireguard: 'flannel-wg' }

test.each(['vxlan', 'wireguard'] as const)(
  'flannel by %s carries packets between pods of two workers, also after one of them was started again',
  { timeout: 2 * WHOLE_MS },
  async backend => {
    const [built, long] = [await clusterPrograms(), await longPrograms('flannel')]
    const images = {
      'flannel:1': programImage(dirOf(long, 'flannel'), 'flanneld', filterLayer(built, tempDir())),
      'busybox:1': busyboxImage(built),
    }
    const cluster = await startStocked(images)
    await cluster.apply(...flannelWith(backend))
    const nodes = ['worker-1', 'worker-2'].map(name => ({
      name,
      tap: cluster.network.addTap(),
      disk: newDisk(2048),
    }))
    const start = ({ name, tap, disk }: (typeof nodes)[number]) =>
      joinedWorker(cluster, name, tap, { cni: 'none', disk, lifetimeMs: 2 * WHOLE_MS })
    const vms = await Promise.all(nodes.map(start))
    await explained(cluster, async () => {
      await rollout(cluster)
      for (const [i, vm] of vms.entries()) await untilReady(cluster, nodes[i]?.name ?? '', vm)
      await cluster.apply(...nodes.map(({ name }) => busyboxPod(`on-${name}`, name)))
      for (const { name } of nodes) await untilPodReady(cluster, `on-${name}`)
      await reachEachOther(cluster, backend)

      const [, last] = vms
      const [, node] = nodes
      if (last === undefined || node === undefined) throw new Error('there are two')
      await powerOff(last)
      await untilReady(cluster, node.name, await start(node))
      // The node may have reported that it has failed, and nothing replaces a pod that has no owner.
      await cluster.kubectl('delete', `pod/on-${node.name}`, '--timeout=150s')
      await cluster.apply(busyboxPod(`on-${node.name}`, node.name))
      await untilPodReady(cluster, `on-${node.name}`)
      await reachEachOther(cluster, backend)
    })
    expect(cluster.network.strays()).toBe(0)
  },
)

/** Flannel on both nodes: its image is large, and an emulated machine takes minutes to unpack it. */
const rollout = (cluster: StockedCluster) =>
  cluster.kubectl(...['--namespace=kube-flannel', 'rollout', 'status', 'daemonset/flannel', '--timeout=600s'])

/** Each pod asks the other one by its address, and the packets go through the tunnel. */
async function reachEachOther(cluster: StockedCluster, backend: keyof typeof LINKS): Promise<void> {
  const pods = ['on-worker-1', 'on-worker-2']
  const addressOf = (pod: string) => cluster.kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.podIP}')
  const sent = async (node: string) => {
    const [pod] = (
      await cluster.kubectl(
        ...['--namespace=kube-flannel', 'get', 'pods', `--field-selector=spec.nodeName=${node}`],
        ...['-o', 'jsonpath={.items[*].metadata.name}'],
      )
    ).split(' ')
    const file = join('/sys/class/net', LINKS[backend], 'statistics/tx_packets')
    const inside = ['exec', pod ?? '', '--container=writes-network', '--', '/usr/bin/busybox', 'cat', file]
    return Number(await cluster.kubectl('--namespace=kube-flannel', ...inside))
  }
  const before = await sent('worker-1')
  for (const [from = '', to = ''] of [pods, pods.toReversed()]) {
    const ask = async () =>
      cluster.exec(from, ...wget(`http://${await addressOf(to)}:${WEB_PORT}/`)).catch(error => String(error))
    await expect.poll(ask, { timeout: WAIT_MS, interval: 1000 }).toBe(`${to}\n`)
  }
  expect(await sent('worker-1')).toBeGreaterThan(before)
}
