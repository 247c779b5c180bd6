/** Services of a cluster with kube-proxy and CoreDNS, asked from a pod and from outside. */
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { busyboxPod, nslookup, WEB_PORT, wget } from './busybox-pod.ts'
import { untilPodReady, WAIT_MS } from './kubectl.ts'
import type { StockedCluster } from './stocked.ts'

const NODE_PORT = 30080
const HOST_PORT = 8081
/** Some 120 MB are pulled and unpacked by each machine, which takes minutes where others compute as well. */
export const ROLLOUT = '--timeout=900s'

export const system = (cluster: StockedCluster, ...args: string[]): Promise<string> =>
  cluster.kubectl('--namespace=kube-system', ...args)

/** A pod on each of the two workers, and Services for that of the second, as soon as kube-proxy and CoreDNS run, which are installed. */
export async function servedBy(cluster: StockedCluster): Promise<void> {
  const ports = [{ containerPort: WEB_PORT, hostPort: HOST_PORT }]
  await cluster.apply(busyboxPod('client', 'worker-1'), busyboxPod('web', 'worker-2', { ports }), ...SERVICES)
  for (const addon of ['daemonset/kube-proxy', 'deployment/coredns'])
    await system(cluster, 'rollout', 'status', addon, ROLLOUT)
  for (const pod of ['client', 'web']) await untilPodReady(cluster, pod)
}

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
export async function isServed(cluster: StockedCluster, [first = '', second = '']: string[]): Promise<void> {
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

/** Whose rules a node has, as seen by the tools in its kube-proxy. */
export async function rulesOn(cluster: StockedCluster, node: string) {
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

/** Each of these images was fetched from the cluster's registry. */
export function arePulled(cluster: StockedCluster, ...names: string[]): void {
  const pulled = cluster.registry.requests().filter(({ status }) => status === 200)
  const isPulled = (name: string) => pulled.some(({ path }) => path.startsWith(`/v2/${name}/blobs/`))
  expect(names.filter(name => !isPulled(name))).toEqual([])
}
