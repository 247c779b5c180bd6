/**
 * What clusters install on their workers: kube-proxy and CoreDNS by kubeadm, and a storage driver; from a registry with a private CA
 * and a password. Needs root.
 */
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { addonImages, busyboxImage, dirOf, programImage } from '../registry/parts.ts'
import { tempDir } from '../vm/vm.ts'
import { busyboxPod, nslookup, shell, WEB_PORT, wget } from './busybox-pod.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { untilPodReady, WAIT_MS, WHOLE_MS } from './kubectl.ts'
import { NETWORK_POLICIES, onlyFrom } from './network-policies.ts'
import { hostOf, joinedWorker, type StockedCluster, startStocked } from './stocked.ts'
import { mounted, STORAGE_DRIVER, volume } from './storage-driver.ts'

const NODE_PORT = 30080
const HOST_PORT = 8081
/** Some 120 MB are pulled and unpacked by each machine, which takes minutes where others compute as well. */
const TIMEOUT = '--timeout=900s'

/** Set by `npm test`, which has no time for more than this. */
if (process.env['KEEL_SHORT'] !== undefined)
  test('a Service answers by address, by name and at a node port across two workers; a host port leads to its pod', {
    timeout: WHOLE_MS,
  }, async () => {
    await servedByNftables()
  })
else
  test('a Service answers by address, by name and at a node port across two workers, by nftables and by iptables; a host port and a network policy hold; a volume of a driver outlives its pod', {
    timeout: WHOLE_MS,
  }, async () => {
    const { cluster, hosts } = await servedByNftables()
    await switchTo(cluster, 'iptables')
    await expect
      .poll(() => rulesOn(cluster, 'worker-1'), { timeout: WAIT_MS, interval: 1000 })
      .toEqual({ nftables: false, iptables: true })
    await isServed(cluster, hosts)
    await keepsPolicy(cluster)
    await keepsVolume(cluster)
    arePulled(cluster, 'network-policies', 'storage-driver')
  })

/** Two workers whose kube-proxy is as kubeadm installs it, with a pod on each, and Services for that of the second. */
async function servedByNftables() {
  const cluster = await stock()
  const taps = [cluster.network.addTap(), cluster.network.addTap()]
  await Promise.all(taps.map((tap, i) => joinedWorker(cluster, `worker-${i + 1}`, tap)))
  const ports = [{ containerPort: WEB_PORT, hostPort: HOST_PORT }]
  await cluster.apply(busyboxPod('client', 'worker-1'), busyboxPod('web', 'worker-2', { ports }), ...SERVICES)
  for (const addon of ['daemonset/kube-proxy', 'deployment/coredns'])
    await system(cluster, 'rollout', 'status', addon, TIMEOUT)
  for (const pod of ['client', 'web']) await untilPodReady(cluster, pod)
  const hosts = taps.map(hostOf)
  await isServed(cluster, hosts)
  expect(await rulesOn(cluster, 'worker-1')).toEqual({ nftables: true, iptables: false })
  arePulled(cluster, 'kube-proxy', 'coredns', 'busybox')
  return { cluster, hosts }
}

/** Each of these images was fetched from the cluster's registry, and nobody has spoken to anything else. */
function arePulled(cluster: StockedCluster, ...names: string[]): void {
  expect(cluster.network.strays()).toBe(0)
  const pulled = cluster.registry.requests().filter(({ status }) => status === 200)
  const isPulled = (name: string) => pulled.some(({ path }) => path.startsWith(`/v2/${name}/blobs/`))
  expect(names.filter(name => !isPulled(name))).toEqual([])
}

async function stock(): Promise<StockedCluster> {
  const built = await clusterPrograms()
  const images = {
    ...addonImages(built, tempDir()),
    'busybox:1': busyboxImage(built),
    'network-policies:1': programImage(dirOf(built, 'network-policies'), 'netpol'),
    'storage-driver:1': programImage(dirOf(built, 'storage-driver'), 'storage-driver'),
  }
  return startStocked(images, { addons: ['kube-proxy', 'coredns'] })
}

const system = (cluster: StockedCluster, ...args: string[]) =>
  cluster.kubectl('--namespace=kube-system', ...args)

const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: { app: 'web' }, ...spec },
})
const SERVICES = [
  service('web', { ports: [{ port: 80, targetPort: WEB_PORT }] }),
  service('headless', { clusterIP: 'None', ports: [{ port: WEB_PORT }] }),
  service('outside', {
    type: 'NodePort',
    ports: [{ port: 80, targetPort: WEB_PORT, nodePort: NODE_PORT }],
  }),
]

/** The pod of the second worker answers one of the first, a client that asks the first from outside, and one that asks for the host port. */
async function isServed(cluster: StockedCluster, [first = '', second = '']: string[]): Promise<void> {
  const ask = (url: string) => cluster.exec('client', ...wget(url)).catch(error => String(error))
  const field = (object: string, path: string) => cluster.kubectl('get', object, '-o', `jsonpath={${path}}`)
  const address = await field('service/web', '.spec.clusterIP')
  const pod = await field('pod/web', '.status.podIP')
  // A proxy that has just started writes its rules a moment later.
  const soon = { timeout: WAIT_MS, interval: 1000 }
  await expect.poll(() => ask(`http://${address}/`), soon).toBe('web\n')
  await expect.poll(() => ask('http://web/'), soon).toBe('web\n')
  expect(await cluster.exec('client', ...nslookup('headless.default.svc.cluster.local'))).toContain(pod)
  expect(await ask(`http://headless:${WEB_PORT}/`)).toBe('web\n')
  await expect.poll(() => fromOutside(cluster, first, NODE_PORT), soon).toMatch(PAGE_OF_WEB)
  expect(await fromOutside(cluster, second, HOST_PORT)).toMatch(PAGE_OF_WEB)
}

const PAGE_OF_WEB = /\r\n\r\nweb\n$/

async function fromOutside(cluster: StockedCluster, host: string, port: number): Promise<string> {
  const socket = await cluster.connect(host, port)
  socket.end('GET / HTTP/1.0\r\n\r\n')
  return text(socket).catch(error => String(error))
}

/** A policy shuts everybody out who has not the label, as soon as somebody carries it out. */
async function keepsPolicy(cluster: StockedCluster): Promise<void> {
  const ask = () => cluster.exec('client', ...wget('http://web/')).catch(() => 'refused')
  const soon = { timeout: WAIT_MS, interval: 1000 }
  await cluster.apply(onlyFrom('only-friends', { app: 'web' }, { friend: 'yes' }))
  expect(await ask()).toBe('web\n')
  await cluster.apply(...NETWORK_POLICIES)
  await system(cluster, 'rollout', 'status', 'daemonset/kube-network-policies', TIMEOUT)
  await expect.poll(ask, soon).toBe('refused')
  await cluster.kubectl('label', 'pod', 'client', 'friend=yes')
  await expect.poll(ask, soon).toBe('web\n')
}

/** Whose rules a node has, as seen by the tools in its kube-proxy. */
async function rulesOn(cluster: StockedCluster, node: string) {
  const pods = ['get', 'pods', '--selector=k8s-app=kube-proxy', `--field-selector=spec.nodeName=${node}`]
  const pod = await system(cluster, ...pods, '-o', 'jsonpath={.items[0].metadata.name}')
  const inside = (...command: string[]) =>
    system(cluster, 'exec', pod, '--', ...command).catch(error => String(error))
  const [tables, chains] = [await inside('nft', 'list', 'tables'), await inside('iptables-save', '-t', 'nat')]
  return {
    nftables: /^table ip kube-proxy$/m.test(tables),
    iptables: /^-A KUBE-SERVICES /m.test(chains),
  }
}

/** As docs of Kubernetes have it: the ConfigMap is changed, and the pods start again. */
async function switchTo(cluster: StockedCluster, mode: string): Promise<void> {
  const config = JSON.parse(await system(cluster, 'get', 'configmap', 'kube-proxy', '-o', 'json'))
  config.data['config.conf'] = config.data['config.conf'].replace(/^mode: .*$/m, `mode: ${mode}`)
  await cluster.apply(config)
  await system(cluster, 'delete', 'pods', '--selector=k8s-app=kube-proxy')
  await system(cluster, 'rollout', 'status', 'daemonset/kube-proxy', TIMEOUT)
}

/** A pod writes, another one on the node sees it, and so does the pod that replaces both. Nothing stays mounted without a pod. */
async function keepsVolume(cluster: StockedCluster): Promise<void> {
  const pod = (name: string) => busyboxPod(name, 'worker-2', mounted('data', '/data'))
  const reads = (name: string) => cluster.exec(name, ...shell('cat /data/written'))
  await cluster.apply(...STORAGE_DRIVER, ...volume('data'))
  await system(cluster, 'rollout', 'status', 'daemonset/storage-driver', TIMEOUT)
  const mounts = () =>
    cluster.exec('eyes', ...shell("grep -c '~csi/data/mount ' /proc/self/mountinfo || true"))
  const eyes = busyboxPod('eyes', 'worker-2', SEES_THE_PODS)
  await cluster.apply(pod('writer'), pod('reader'), eyes)
  for (const name of ['writer', 'reader', 'eyes']) await untilPodReady(cluster, name)
  await cluster.exec('writer', ...shell('echo kept > /data/written'))
  expect(await reads('reader')).toBe('kept\n')
  expect(await mounts()).toBe('2\n')
  await cluster.kubectl('delete', 'pod/writer', 'pod/reader', TIMEOUT)
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
