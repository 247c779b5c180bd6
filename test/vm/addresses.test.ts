/** Which address is the node's own, IPv6 addresses by router advertisements, and a cable that is pulled and plugged in again. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { kubeletAccess } from '../../src/kubelet/access.ts'
import { isRunning, waitForPod } from '../../src/kubelet/client.ts'
import type { Nic } from '../../src/vm/qemu-network.ts'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { agentFragment, readOnNode } from './agent.ts'
import { IN_RAM, STANDALONE } from './configs.ts'
import { ownNetwork } from './namespace.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 150_000
const USER: Nic = { kind: 'user', reach: 'nothing' }
/** A prefix for documentation that the router of these tests advertises. */
const PREFIX = '2001:db8:90:'

/** What a DHCP server hands out: a tenth of the network, and a gateway. */
type Offer = { range: string; gateway: string }

const OLD: Offer = { range: '10.90.0.50,10.90.0.59,1h', gateway: '10.90.0.1' }
const NEW: Offer = { range: '10.90.0.70,10.90.0.79,1h', gateway: '10.90.0.2' }

/** A network with one cable, and a router on it that advertises a prefix and answers DHCP; another one may take its place. */
function openRouter() {
  const { network, folder } = ownNetwork()
  const { name, mac } = network.addTap()
  network.onTheLink(`${PREFIX}:1`)
  const serve = ({ range, gateway }: Offer) => {
    const log = join(folder, `log-${gateway}`)
    const [program = '', ...rest] = network.inside([
      ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root'],
      ...['--port=0', '--no-ping', '--dhcp-authoritative', `--log-facility=${log}`],
      ...[`--dhcp-leasefile=${join(folder, `leases-${gateway}`)}`, `--dhcp-option=3,${gateway}`],
      ...['--enable-ra', `--dhcp-range=${PREFIX}:,ra-only,64,1h`, `--dhcp-range=${range}`],
    ])
    const server = spawn(program, rest, { stdio: 'ignore' })
    const stop = () => void server.kill('SIGKILL')
    onTestFinished(stop)
    /** How many leases it has given or confirmed. */
    const acknowledged = () => readFileSync(log, 'utf8').split('DHCPACK(').length - 1
    return { stop, acknowledged }
  }
  return { network, nic: { kind: 'tap' as const, name, mac }, serve, first: serve(OLD) }
}

const isConfigured = (method: string) => (event: NodeEvent) =>
  event.type === 'link-configured' && event.method === method

/** Each address of the machine, as the events have it. */
const addresses = (vm: Vm) =>
  vm.events.filter(({ type }) => type === 'link-configured').map(e => [e.interface, e.method, e.address])

/** A node with a kubelet, which forwards packets for its pods. */
const KUBELET = `
apiVersion: keel/v1
hostname: forwards
kubernetes: {role: standalone}
`

test('a node is known by the address with the default route, at whatever place in the config', async () => {
  const access = kubeletAccess(new Date())
  const cards = `
apiVersion: keel/v1
network:
  links:
    - {name: eth1, addresses: [10.9.0.5/24]}
    - {name: eth0, addresses: [10.0.2.15/24], routes: [{gateway: 10.0.2.2}], slaac: true}
`
  const vm = await boot({
    config: [STANDALONE, access.fragment, agentFragment(), cards],
    disk: newDisk(1024),
    memoryMib: 2048,
    hardware: { nics: [USER, USER] },
  })
  await steady(vm)
  expect(addresses(vm), vm.console()).toEqual([
    ['eth1', 'static', '10.9.0.5/24'],
    ['eth0', 'static', '10.0.2.15/24'],
  ])
  await waitForPod(access.of(vm), 'agent', isRunning, WAIT_MS)
  expect(await readOnNode(vm, '/etc/hosts')).toContain('\n10.0.2.15 standalone\n')
  const value = async (name: string) => (await readOnNode(vm, `/proc/sys/net/ipv6/conf/${name}`)).trim()
  expect(await value('eth0/forwarding')).toBe('1')
  // Who has not asked for it gets no address from whatever machine calls itself a router.
  expect([await value('eth0/accept_ra'), await value('eth1/accept_ra')]).toEqual(['2', '0'])
  // From it the interfaces of pods are made, and no pod may be the node's router.
  expect(await value('default/accept_ra')).toBe('1')
  await powerOff(vm)
})

test('a node with a kubelet hears IPv6 routers, though it forwards packets', async () => {
  const { network, nic } = openRouter()
  const vm = await boot({
    config: [
      KUBELET,
      'apiVersion: keel/v1\nnetwork: {links: [{name: eth0, addresses: [10.90.0.5/24], slaac: true}]}\n',
    ],
    memoryMib: 2048,
    hardware: { nics: [nic] },
    inside: network.inside,
  })
  await steady(vm)
  // The sysctl values are set before the network is: whatever is heard now is heard by a node that forwards.
  expect(await vm.waitFor('an IPv6 address', isConfigured('slaac'), WAIT_MS), vm.console()).toMatchObject({
    interface: 'eth0',
    address: expect.stringMatching(`^${PREFIX}.*/64$`),
    gateway: expect.stringMatching(/^fe80:/),
  })
  await powerOff(vm)
})

test('a cable that is pulled and plugged in again leaves the address, and in another network brings a new one', async () => {
  const { network, nic, serve, first } = openRouter()
  const both = 'apiVersion: keel/v1\nnetwork: {links: [{match: {all: true}, dhcp4: true, slaac: true}]}\n'
  const vm = await boot({ config: [IN_RAM, both], hardware: { nics: [nic] }, inside: network.inside })
  await steady(vm)
  await vm.waitFor('a lease', isConfigured('dhcp'), WAIT_MS)
  await vm.waitFor('an IPv6 address', isConfigured('slaac'), WAIT_MS)
  const before = addresses(vm)
  expect(before.map(([, method]) => method).sort(), vm.console()).toEqual(['dhcp', 'slaac'])

  // A machine whose host is busy may miss a short interruption, so it gets another one until it has.
  let isOut = false
  const toggle = async () => {
    isOut = !isOut
    await vm.command(isOut ? 'cable_out' : 'cable_in')
  }
  const interrupted = { interval: 3_000, timeout: WAIT_MS }
  const leases = first.acknowledged()
  await expect.poll(() => toggle().then(first.acknowledged), interrupted).toBeGreaterThan(leases)
  expect(addresses(vm), vm.console()).toEqual(before)

  first.stop()
  serve(NEW)
  const isNew = (event: NodeEvent) => isConfigured('dhcp')(event) && event.gateway === NEW.gateway
  await expect.poll(() => toggle().then(() => vm.events.some(isNew)), interrupted).toBe(true)
  expect(vm.events.find(isNew)?.address, vm.console()).toMatch(/^10\.90\.0\.7\d\/24$/)
  const lost = vm.events.filter(({ type }) => type === 'lease-lost')
  expect(lost, vm.console()).toHaveLength(1)
  await powerOff(vm)
})
