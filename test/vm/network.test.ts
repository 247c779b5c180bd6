/** What a machine finds in its network, and how it goes on without: real dnsmasq and chronyd at the other end of its cable. */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { kubeletAccess } from '../../src/kubelet/access.ts'
import { isRunning, waitForPod } from '../../src/kubelet/client.ts'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { chronyd } from '../network/chrony.ts'
import { agentFragment, ask, readOnNode } from './agent.ts'
import { STANDALONE } from './configs.ts'
import { filesystemAt, readFrom } from './disk.ts'
import { ownNetwork } from './namespace.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 150_000
const SERVER = '10.90.0.1'
/** Long before any image was built. */
const EARLY = '2001-01-01T00:00:00'

const NAMED = `
apiVersion: keel/v1
hostname: {from: [metadata, dhcp, mac]}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: rest}]
kubernetes: {role: none}
`

/** A network with one cable, and servers that are started when the test wants them. */
function openLab() {
  const { network, folder } = ownNetwork()
  const tap = network.addTap()
  const running = new Set<ReturnType<typeof spawn>>()
  onTestFinished(() => {
    for (const child of running) child.kill('SIGKILL')
  })
  const start = (...argv: string[]) => {
    const [program = '', ...rest] = network.inside(argv)
    const child = spawn(program, rest, { stdio: 'ignore' })
    running.add(child)
    return child
  }
  const dnsmasq = (...options: string[]) =>
    start(
      ...[
        'dnsmasq',
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--pid-file=',
        '--user=root',
        '--port=0',
      ],
      ...[`--dhcp-leasefile=${join(folder, 'leases')}`, '--no-ping', '--dhcp-range=10.90.0.50,10.90.0.60,1h'],
      ...options,
    )
  const chrony = () => {
    const config = join(folder, 'chrony.conf')
    writeFileSync(config, `cmdport 0\npidfile ${folder}/chronyd.pid\nallow all\nlocal stratum 3\n`)
    return start(chronyd(), '-x', '-d', '-u', 'root', '-f', config)
  }
  const hardware = { nics: [{ kind: 'tap' as const, name: tap.name, mac: tap.mac }], clock: EARLY }
  const leases = () => readFileSync(join(folder, 'leases'), 'utf8')
  return { inside: network.inside, hardware, mac: tap.mac, dnsmasq, chrony, leases }
}

const keptName = (disk: string) => readFrom(filesystemAt(disk, 'KEEL-STATE'), '/identity/hostname')

/** What the boot reports about network, names and time. */
function found(vm: Vm): unknown[] {
  return vm.events.flatMap((event: NodeEvent): unknown[] => {
    switch (event.type) {
      case 'link-configured':
        return [[event.interface, event.method, event.gateway, event.nameservers]]
      case 'clock-set':
        return [['clock', event.by, event.server]]
      case 'failed':
        return [(event.error as { code: string }).code]
      default:
        return []
    }
  })
}

test('address, name servers, time and name are found, and the name is kept', async () => {
  const lab = openLab()
  lab.chrony()
  const disk = newDisk()
  const options = [`--dhcp-option=6,${SERVER}`, `--dhcp-option=42,${SERVER}`]
  const first = lab.dnsmasq(...options, '--dhcp-option-force=12,not a name')
  const one = await boot({ config: [NAMED], disk, hardware: lab.hardware, inside: lab.inside })
  await steady(one)
  // The name that the machine has found out reaches the server, which has another one for it.
  await expect.poll(lab.leases, { timeout: WAIT_MS }).toContain(` keel-${lab.mac.replaceAll(':', '')} `)
  await powerOff(one)
  expect(found(one), one.console()).toEqual([
    ['eth0', 'dhcp', SERVER, [SERVER]],
    'hostname-refused',
    ['clock', 'build-date', undefined],
    ['clock', 'ntp', SERVER],
  ])
  const offset = one.events.findLast(event => event.type === 'clock-set')?.offsetMs as number
  expect(offset, 'the build date is some time ago').toBeGreaterThan(0)
  const name = `keel-${lab.mac.replaceAll(':', '')}`
  expect(keptName(disk)).toBe(`${name}\n`)

  first.kill('SIGKILL')
  lab.dnsmasq(...options, '--dhcp-option-force=12,another-name')
  const two = await boot({ config: [NAMED], disk, hardware: lab.hardware, inside: lab.inside })
  await steady(two)
  await powerOff(two)
  expect(found(two), two.console()).toEqual([
    ['eth0', 'dhcp', SERVER, [SERVER]],
    ['clock', 'build-date', undefined],
    ['clock', 'ntp', SERVER],
  ])
  expect(keptName(disk)).toBe(`${name}\n`)
})

test('without servers the boot says what is missing and goes on, and a late server is still found', async () => {
  const lab = openLab()
  const config = `
apiVersion: keel/v1
hostname: alone
network: {links: [{match: {all: true}, dhcp4: true}], routeTimeout: 2s}
kubernetes: {role: none}
`
  const vm = await boot({ config: [config], hardware: lab.hardware, inside: lab.inside })
  await steady(vm)
  expect(found(vm), vm.console()).toEqual(['dhcp-timeout', ['clock', 'build-date', undefined], 'clock-unset'])
  lab.chrony()
  lab.dnsmasq(`--dhcp-option=42,${SERVER}`)
  await vm.waitFor('a lease', event => event.type === 'link-configured', 90_000)
  await vm.waitFor('the time', event => event.type === 'clock-set' && event.by === 'ntp', 90_000)
  await powerOff(vm)
})

test('a DHCP client that is killed is started again, and the node keeps its address and its names', async () => {
  const access = kubeletAccess(new Date())
  const vm = await boot({
    config: [STANDALONE, access.fragment, agentFragment()],
    disk: newDisk(1024),
    memoryMib: 2048,
  })
  await steady(vm)
  await waitForPod(access.of(vm), 'agent', isRunning, WAIT_MS)
  expect(found(vm), vm.console()).toEqual([['eth0', 'dhcp', undefined, []]])
  expect(await readOnNode(vm, '/etc/hosts')).toContain('\n10.0.2.15 standalone\n')

  const killed = await ask(vm, 'kill keel-dhcp 9')
  await vm.waitFor('the end of the client', event => event.type === 'failed', WAIT_MS)
  // SIGCONT harms nobody: it only tells who is there.
  const isBack = async () => /^\d+\n$/.test(await ask(vm, 'kill keel-dhcp 18'))
  await expect.poll(isBack, { timeout: WAIT_MS }).toBe(true)
  expect(await ask(vm, 'kill keel-dhcp 18')).not.toBe(killed)
  expect(found(vm).slice(1), vm.console()).toEqual(['process-crashed'])
  await powerOff(vm)
  expect(vm.events.at(-1), vm.console()).toMatchObject({ type: 'shutdown-finished', clean: true })
})
