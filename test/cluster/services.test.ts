/**
 * What clusters install on their workers: kube-proxy and CoreDNS by kubeadm, a network policy and a storage driver; from a registry
 * with a private CA and a password. `npm test` has no time for it, and asks for a part of it in two-workers.test.ts. Needs root.
 */
import { expect, test } from 'vitest'
import { addonImages, busyboxImage, dirOf, programImage } from '../registry/parts.ts'
import { tempDir } from '../vm/vm.ts'
import { busyboxPod, shell, wget } from './busybox-pod.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { untilPodReady, WAIT_MS, WHOLE_MS } from './kubectl.ts'
import { NETWORK_POLICIES, onlyFrom } from './network-policies.ts'
import { arePulled, isServed, ROLLOUT, rulesOn, servedBy, system } from './served.ts'
import { hostOf, joinedWorker, type StockedCluster, startStocked } from './stocked.ts'
import { mounted, STORAGE_DRIVER, volume } from './storage-driver.ts'

test('a Service answers by address, by name and at a node port across two workers, by nftables and by iptables; a host port and a network policy hold; a volume of a driver outlives its pod', {
  timeout: WHOLE_MS,
}, async () => {
  const cluster = await stock()
  const taps = [cluster.network.addTap(), cluster.network.addTap()]
  await Promise.all(taps.map((tap, i) => joinedWorker(cluster, `worker-${i + 1}`, tap)))
  const hosts = taps.map(hostOf)
  await cluster.install('kube-proxy', 'coredns')
  await servedBy(cluster)
  await isServed(cluster, hosts)
  expect(await rulesOn(cluster, 'worker-1')).toEqual({ nftables: true, iptables: false })
  await switchTo(cluster, 'iptables')
  await expect
    .poll(() => rulesOn(cluster, 'worker-1'), { timeout: WAIT_MS, interval: 1000 })
    .toEqual({ nftables: false, iptables: true })
  await isServed(cluster, hosts)
  await keepsPolicy(cluster)
  await keepsVolume(cluster)
  arePulled(cluster, 'kube-proxy', 'coredns', 'busybox', 'network-policies', 'storage-driver')
  // And nobody has spoken to anything else.
  expect(cluster.network.strays()).toBe(0)
})

async function stock(): Promise<StockedCluster> {
  const built = await clusterPrograms()
  return startStocked({
    ...addonImages(built, tempDir()),
    'busybox:1': busyboxImage(built),
    'network-policies:1': programImage(dirOf(built, 'network-policies'), 'netpol'),
    'storage-driver:1': programImage(dirOf(built, 'storage-driver'), 'storage-driver'),
  })
}

/** A policy shuts everybody out who has not the label, as soon as somebody carries it out. */
async function keepsPolicy(cluster: StockedCluster): Promise<void> {
  const ask = () => cluster.exec('client', ...wget('http://web/')).catch(() => 'refused')
  const soon = { timeout: WAIT_MS, interval: 1000 }
  await cluster.apply(onlyFrom('only-friends', { app: 'web' }, { friend: 'yes' }))
  expect(await ask()).toBe('web\n')
  await cluster.apply(...NETWORK_POLICIES)
  await system(cluster, 'rollout', 'status', 'daemonset/kube-network-policies', ROLLOUT)
  await expect.poll(ask, soon).toBe('refused')
  await cluster.kubectl('label', 'pod', 'client', 'friend=yes')
  await expect.poll(ask, soon).toBe('web\n')
}

/** As docs of Kubernetes have it: the ConfigMap is changed, and the pods start again. */
async function switchTo(cluster: StockedCluster, mode: string): Promise<void> {
  const config = JSON.parse(await system(cluster, 'get', 'configmap', 'kube-proxy', '-o', 'json'))
  config.data['config.conf'] = config.data['config.conf'].replace(/^mode: .*$/m, `mode: ${mode}`)
  await cluster.apply(config)
  await system(cluster, 'delete', 'pods', '--selector=k8s-app=kube-proxy')
  await system(cluster, 'rollout', 'status', 'daemonset/kube-proxy', ROLLOUT)
}

/** A pod writes, another one on the node sees it, and so does the pod that replaces both. Nothing stays mounted without a pod. */
async function keepsVolume(cluster: StockedCluster): Promise<void> {
  const pod = (name: string) => busyboxPod(name, 'worker-2', mounted('data', '/data'))
  const reads = (name: string) => cluster.exec(name, ...shell('cat /data/written'))
  await cluster.apply(...STORAGE_DRIVER, ...volume('data'))
  await system(cluster, 'rollout', 'status', 'daemonset/storage-driver', ROLLOUT)
  const mounts = () =>
    cluster.exec('eyes', ...shell("grep -c '~csi/data/mount ' /proc/self/mountinfo || true"))
  const eyes = busyboxPod('eyes', 'worker-2', SEES_THE_PODS)
  await cluster.apply(pod('writer'), pod('reader'), eyes)
  for (const name of ['writer', 'reader', 'eyes']) await untilPodReady(cluster, name)
  await cluster.exec('writer', ...shell('echo kept > /data/written'))
  expect(await reads('reader')).toBe('kept\n')
  expect(await mounts()).toBe('2\n')
  await cluster.kubectl('delete', 'pod/writer', 'pod/reader', ROLLOUT)
  await expect.poll(mounts, { timeout: WAIT_MS, interval: 1000 }).toBe('0\n')
  await cluster.apply(pod('replacement'))
  await untilPodReady(cluster, 'replacement')
  expect(await reads('replacement')).toBe('kept\n')
}

/** A pod that sees what the kubelet mounts for others. */
const SEES_THE_PODS = {
  volumes: [{ name: 'pods', hostPath: { path: '/var/lib/kubelet/pods', type: 'Directory' } }],
  volumeMounts: [{ name: 'pods', mountPath: '/pods', mountPropagation: 'HostToContainer' }],
}
