/** Which address is the node's own, IPv6 addresses by router advertisements, and a cable that is pulled and plugged in again. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { kubeletAccess } from '../../src/kubelet-access.ts'
import { isRunning, waitForPod } from '../../src/kubelet-client.ts'
import type { NodeEvent, Vm } from '../../src/vm.ts'
import { agentFragment, readOnNode } from './agent.ts'
import { IN_RAM, STANDALONE } from './configs.ts'
import { ownNetwork } from './namespace.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 150_000
/** A prefix for documentation that the router of these tests advertises. */
const PREFIX = '2001:db8:90:'

/** What a DHCP server hands out: a tenth of the network, and a gateway. */
type Offer = { range: string; gateway: string }

const OLD: Offer = { range: '10.90.0.50,10.90.0.59,1h', gateway: '10.90.0.1' }
const NEW: Offer = { range: '10.90.0.70,10.90.0.79,1h', gateway: '10.90.0.2' }

/** A network with one cable, and a router on it that advertises a prefix and answers DHCP once it is told what. */
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
  return { network, nic: { kind: 'tap' as const, name, mac }, serve }
}

const isConfigured = (method: string) => (event: NodeEvent) =>
  event.type === 'link-configured' && event.method === method

/** Each address of the machine, as the events have it. */
const addresses = (vm: Vm) =>
  vm.events.filter(({ type }) => type === 'link-configured').map(e => [e.interface, e.method, e.address])

test('a node is known by the address with the default route, and hears IPv6 routers though it forwards', async () => {
  const { network, nic, serve } = openRouter()
  serve(OLD)
  const access = kubeletAccess(new Date())
  const cards = `
apiVersion: keel/v1
network:
  interfaces:
    - {name: eth0, address: 10.90.0.5/24}
    - {name: eth1, address: 10.0.2.15/24, gateway: 10.0.2.2}
`
  const vm = await boot({
    config: [STANDALONE, access.fragment, agentFragment(), cards],
    disk: newDisk(1024),
    memoryMib: 2048,
    hardware: { nics: [nic, { kind: 'user', reach: 'nothing' }] },
    inside: network.inside,
  })
  await steady(vm)
  const event = await vm.waitFor('an IPv6 address', isConfigured('slaac'), WAIT_MS)
  expect(event, vm.console()).toMatchObject({
    interface: 'eth0',
    address: expect.stringMatching(`^${PREFIX}.*/64$`),
    gateway: expect.stringMatching(/^fe80:/),
  })
  expect(addresses(vm).slice(0, 2), vm.console()).toEqual([
    ['eth0', 'static', '10.90.0.5/24'],
    ['eth1', 'static', '10.0.2.15/24'],
  ])
  // QEMU's way to a port of a machine in this namespace leads there by the second card.
  await waitForPod(access.of(vm), 'agent', isRunning, WAIT_MS)
  expect(await readOnNode(vm, '/etc/hosts')).toContain('\n10.0.2.15 standalone\n')
  const setting = async (name: string) => (await readOnNode(vm, `/proc/sys/net/ipv6/conf/${name}`)).trim()
  expect(await setting('eth0/forwarding')).toBe('1')
  expect(await setting('eth0/accept_ra')).toBe('2')
  // From it the interfaces of pods are made, and no pod may be the node's router.
  expect(await setting('default/accept_ra')).toBe('1')
  const defaults = (await readOnNode(vm, '/proc/1/net/ipv6_route'))
    .split('\n')
    .filter(line => line.startsWith(`${'0'.repeat(32)} 00 `) && line.endsWith('eth0'))
  expect(defaults.length, 'default routes over eth0').toBe(1)
  await powerOff(vm)
})

test('a cable that is pulled and plugged in again leaves the address, and in another network brings a new one', async () => {
  const { network, nic, serve } = openRouter()
  const first = serve(OLD)
  const vm = await boot({ config: [IN_RAM], hardware: { nics: [nic] }, inside: network.inside })
  await steady(vm)
  await vm.waitFor('a lease', isConfigured('dhcp'), WAIT_MS)
  await vm.waitFor('an IPv6 address', isConfigured('slaac'), WAIT_MS)
  const before = addresses(vm)
  expect(before.map(([, method]) => method).sort(), vm.console()).toEqual(['dhcp', 'slaac'])

  const leases = first.acknowledged()
  await vm.command('cable_out')
  await vm.command('cable_in')
  await expect.poll(first.acknowledged, { timeout: WAIT_MS }).toBeGreaterThan(leases)
  expect(addresses(vm), vm.console()).toEqual(before)

  await vm.command('cable_out')
  first.stop()
  serve(NEW)
  await vm.command('cable_in')
  const isNew = (event: NodeEvent) => isConfigured('dhcp')(event) && event.gateway === NEW.gateway
  const event = await vm.waitFor('a lease of the other network', isNew, WAIT_MS)
  expect(event.address, vm.console()).toMatch(/^10\.90\.0\.7\d\/24$/)
  expect(
    vm.events.filter(({ type }) => type === 'lease-lost'),
    vm.console(),
  ).toHaveLength(1)
  await powerOff(vm)
})
