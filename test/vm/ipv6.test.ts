/** A machine on a network that has IPv6 alone, and one whose config has none: real dnsmasq and chronyd at the other end of its cable. */
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Vm } from '../../src/vm/vm.ts'
import { WEB, WEB_PATH } from '../metadata/profile.ts'
import { startSimulator } from '../metadata/simulator.ts'
import { chronyd } from '../network/chrony.ts'
import { IN_RAM } from './configs.ts'
import { ownNetwork } from './namespace.ts'
import { boot, machineConfig, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 150_000
const PREFIX = '2001:db8:90::'
const SERVER = `${PREFIX}1`
/** Another machine's address on the same link. */
const TAKEN = `${PREFIX}7`
/** Long before any image was built. */
const EARLY = '2001-01-01T00:00:00'

/** A network with one cable, and at its other end a dnsmasq that is also the router, a clock, and a web server with a machine config. */
async function openLab(document: string, ...options: string[]) {
  const { network, folder } = ownNetwork()
  const { name, mac } = network.addTap()
  network.onTheLink(SERVER)
  network.onTheLink(TAKEN)
  const start = (...argv: string[]) => {
    const [program = '', ...rest] = network.inside(argv)
    const child = spawn(program, rest, { stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
  }
  start(
    ...[
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--pid-file=',
      '--user=root',
      '--no-resolv',
    ],
    ...[
      '--no-hosts',
      '--no-ping',
      '--enable-ra',
      '--ra-param=br0,4,1800',
      `--host-record=files.example,${SERVER}`,
    ],
    ...[`--dhcp-leasefile=${join(folder, 'leases')}`, ...options],
  )
  const config = join(folder, 'chrony.conf')
  writeFileSync(config, `cmdport 0\npidfile ${folder}/chronyd.pid\nallow all\nlocal stratum 3\n`)
  start(chronyd(), '-x', '-d', '-u', 'root', '-f', config)
  const web = { address: SERVER, port: 80, inside: network.inside }
  const service = await startSimulator({ profile: WEB, document, at: web })
  onTestFinished(() => service.close())
  const hardware = { nics: [{ kind: 'tap' as const, name, mac }], clock: EARLY }
  return { network, start: { hardware, inside: network.inside } }
}

/** Addresses that were given, clocks that were set, and failures. */
const found = (vm: Vm) =>
  vm.events.flatMap((event): unknown[] => {
    if (event.type === 'link-configured') return [[event.method, event.address, event.nameservers]]
    if (event.type === 'clock-set') return [['clock', event.by, event.server]]
    if (event.type === 'failed') return [(event.error as { code: string }).code]
    return []
  })

const failure = (vm: Vm, code: string) =>
  vm.waitFor(code, ({ error }) => (error as { code?: string } | undefined)?.code === code, WAIT_MS)

/** A worker that asks a server for its address, has one more that is another machine's, and wants to be known by one that it never gets. */
const WORKER = `
apiVersion: keel/v1
hostname: six
network:
  links:
    - {name: eth0, dhcp6: true, addresses: [${TAKEN}/64]}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
kubernetes:
  role: worker
  nodeAddress: {subnets: [2001:db8:91::/64]}
  cni: {bridge: {podCIDRs: ["fd00:10:244::/64"]}}
  join:
    endpoint: "[${SERVER}]:6443"
    token: abcdef.0123456789abcdef
    caCertHashes: ["sha256:${'0'.repeat(64)}"]
`

test('a machine with IPv6 alone finds its config by name, its address, its servers and its clock, and says which addresses it cannot have', async () => {
  const { start } = await openLab(
    machineConfig([WORKER]),
    `--dhcp-range=${PREFIX}50,${PREFIX}5f,64,1h`,
    ...[`--dhcp-option=option6:dns-server,[${SERVER}]`, `--dhcp-option=option6:ntp-server,[${SERVER}]`],
  )
  const cmdline = `keel.config.url=http://files.example${WEB_PATH}`
  const vm = await boot({ ...start, cmdline, disk: newDisk(1024), memoryMib: 2048, product: true })
  const taken = await failure(vm, 'address-taken')
  expect(taken, vm.console()).toMatchObject({
    fatal: false,
    error: { object: `eth0: ${TAKEN}`, pointer: '/network/links/0/addresses/0' },
  })
  const missing = await failure(vm, 'node-address-missing')
  expect(missing, vm.console()).toMatchObject({
    fatal: false,
    error: { pointer: '/kubernetes/nodeAddress/subnets' },
  })
  const events = found(vm)
  expect(events, vm.console()).toContainEqual([
    'dhcp6',
    expect.stringMatching(`^${PREFIX}5[0-9a-f]/128$`),
    [SERVER],
  ])
  expect(events, vm.console()).toContainEqual(['clock', 'ntp', SERVER])
  // The kernel makes no address from the advertisement, in the search either: the router says that a server gives them.
  expect(events.filter(event => Array.isArray(event) && event[0] === 'slaac')).toEqual([])
  await powerOff(vm)
})

test('an address that the search for a config has taken from a router is gone where the config has no IPv6', async () => {
  const { network, start } = await openLab(
    machineConfig([
      IN_RAM,
      'apiVersion: keel/v1\nnetwork: {links: [{name: eth0, addresses: [10.90.0.5/24]}]}\n',
    ]),
    `--dhcp-range=${PREFIX},ra-only,64,1h`,
  )
  const vm = await boot({ ...start, cmdline: `keel.config.url=http://[${SERVER}]${WEB_PATH}` })
  await steady(vm)
  const [method, address] = (found(vm).find(event => Array.isArray(event) && event[0] === 'slaac') ??
    []) as string[]
  expect(method, vm.console()).toBe('slaac')
  // A machine that has an address refuses the connection; of one that nobody has the kernel says so itself.
  const knock = (host: string) => {
    // Of an address that it remembers the kernel learns only after the fourth question that nobody answers.
    const script = `ip neighbor flush all; exec 3<>/dev/tcp/${host}/9`
    const [program = '', ...rest] = network.inside(['timeout', '40', 'bash', '-c', script])
    return spawnSync(program, rest, { encoding: 'utf8' }).stderr
  }
  expect(knock('10.90.0.5')).toContain('Connection refused')
  expect(knock(address?.split('/')[0] ?? '')).toContain('No route to host')
  await powerOff(vm)
})
