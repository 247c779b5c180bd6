/** A cluster of both families of addresses: a worker that has both, and one that has IPv6 alone. Needs root. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { agentFragment } from '../vm/agent.ts'
import { newDisk, steady } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { create, joins, untilPodReady, untilReady, WAIT_MS, WHOLE_MS } from './kubectl.ts'
import {
  CONTROL_PLANE_ADDRESS,
  CONTROL_PLANE_ADDRESS6,
  SERVICE_CIDR,
  SERVICE_CIDR6,
  type Tap,
} from './network.ts'
import { agentPod, bootAt } from './worker.ts'

const withoutPrefix = (address: string) => address.split('/')[0] ?? ''
const numberOf = (tap: Tap) => withoutPrefix(tap.address).split('.')[3] ?? ''
const podCidr = (tap: Tap) => `10.244.${numberOf(tap)}.0/24`
const podCidr6 = (tap: Tap) => `fd00:244:0:${numberOf(tap)}::/64`

/** The control plane, which speaks IPv6 with its nodes. */
async function startBoth(): Promise<ControlPlane> {
  const services = { 'service-cluster-ip-range': `${SERVICE_CIDR},${SERVICE_CIDR6}` }
  const pods = { 'cluster-cidr': '10.244.0.0/16,fd00:244::/48' }
  const cluster = await startControlPlane(await clusterPrograms(), {
    flags: { 'kube-apiserver': services, 'kube-controller-manager': { ...services, ...pods } },
  })
  onTestFinished(cluster.stop)
  cluster.network.addIpv6()
  // Nodes go on with the address that stands there, and not with the one by which they have found it.
  const info = ['--namespace=kube-public', 'configmap/cluster-info']
  const text = await cluster.kubectl('get', ...info, '-o', 'jsonpath={.data.kubeconfig}')
  const kubeconfig = text.replace(`//${CONTROL_PLANE_ADDRESS}:`, `//[${CONTROL_PLANE_ADDRESS6}]:`)
  await cluster.kubectl('patch', ...info, '-p', JSON.stringify({ data: { kubeconfig } }))
  return cluster
}

/** Gives the machine at a tap its address of IPv6, and is the router of that link. */
function serve({ network, dir }: ControlPlane, tap: Tap): void {
  const [program = '', ...rest] = network.inside([
    ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root', '--port=0'],
    ...['--enable-ra', '--ra-param=br0,4,1800', `--dhcp-leasefile=${join(dir, 'leases6')}`],
    ...['--dhcp-range=fd00:90::,static,64,1h', `--dhcp-host=${tap.mac},[${withoutPrefix(tap.address6)}]`],
  ])
  const server = spawn(program, rest, { stdio: 'ignore' })
  onTestFinished(() => void server.kill('SIGKILL'))
}

/** A worker with this network. */
const worker = (cluster: ControlPlane, name: string, link: string, subnets: string, cidrs: string) => `
apiVersion: keel/v1
hostname: ${name}
network: {links: [${link}]}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
kubernetes:
  role: worker
  nodeAddress: {subnets: [${subnets}]}
  cni: {bridge: {podCIDRs: [${cidrs}]}}
  join:
    endpoint: "[${CONTROL_PLANE_ADDRESS6}]:6443"
    token: "${cluster.token}"
    caCertHashes: ["${cluster.caHash}"]
`

const withBoth = (cluster: ControlPlane, tap: Tap) => {
  const routes = `[{gateway: ${tap.gateway}}, {gateway: "${CONTROL_PLANE_ADDRESS6}"}]`
  const link = `{match: {mac: "${tap.mac}"}, addresses: [${tap.address}, "${tap.address6}"], routes: ${routes}}`
  return worker(cluster, 'both', link, '10.90.0.0/24, "fd00:90::/64"', `${podCidr(tap)}, "${podCidr6(tap)}"`)
}

const withSix = (cluster: ControlPlane, tap: Tap) =>
  worker(cluster, 'six', `{match: {mac: "${tap.mac}"}, dhcp6: true}`, '"fd00:90::/64"', `"${podCidr6(tap)}"`)

test('a worker of both families and one with IPv6 alone join by IPv6, and their pods reach each other', {
  timeout: WHOLE_MS,
}, async () => {
  const cluster = await startBoth()
  const [one, two] = [cluster.network.addTap(), cluster.network.addTap()]
  serve(cluster, two)
  cluster.network.routePods(podCidr(one), withoutPrefix(one.address))
  for (const tap of [one, two]) cluster.network.routePods(podCidr6(tap), withoutPrefix(tap.address6))
  const nodes = { both: [one, withBoth(cluster, one)], six: [two, withSix(cluster, two)] } as const
  const join = async (name: keyof typeof nodes) => {
    const [tap, config] = nodes[name]
    const options = { config: [config, agentFragment()], disk: newDisk(2048), lifetimeMs: WHOLE_MS }
    const vm = await bootAt(cluster, tap, options)
    await steady(vm, WAIT_MS)
    expect(joins(vm), vm.console()).toEqual([{ nodeName: name, isFirst: true }])
    await untilReady(cluster, name, vm)
    await create(cluster, agentPod(`pod-of-${name}`, name))
    await untilPodReady(cluster, `pod-of-${name}`)
  }
  await Promise.all([join('both'), join('six')])

  const read = async (object: string, path: string) =>
    (await cluster.kubectl('get', object, '-o', `jsonpath={${path}}`)).split(' ')
  const internal = '.status.addresses[?(@.type=="InternalIP")].address'
  expect(await read('node/both', internal)).toEqual([one.address, one.address6].map(withoutPrefix))
  expect(await read('node/six', internal)).toEqual([withoutPrefix(two.address6)])

  const ips = (name: string) => read(`pod/pod-of-${name}`, '.status.podIPs[*].ip')
  const [ofBoth, ofSix] = [await ips('both'), await ips('six')]
  const inside = (cidr: string) => expect.stringContaining(cidr.replace(/(:|0)\/\d+$/, ''))
  expect(ofBoth).toEqual([inside(podCidr(one)), inside(podCidr6(one))])
  expect(ofSix).toEqual([inside(podCidr6(two))])
  // kubectl reaches into both, so the API server reaches both kubelets.
  const asks = (from: string, address = '') =>
    cluster.kubectl('exec', `pod-of-${from}`, '--', '/agent', 'ask', address, 'cat /etc/hostname')
  expect(await asks('both', ofSix[0])).toBe('pod-of-six\n')
  expect(await asks('six', ofBoth[1])).toBe('pod-of-both\n')
})
