/** Two nodes that reach each other over two tunnels of WireGuard, by addresses alone; and a peer whose name gets its address later. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import type { Tap } from '../cluster/network.ts'
import { keysOf, newKeys } from './keys.ts'
import { ownNetwork } from './namespace.ts'
import { scriptFragment } from './node-tools.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 150_000
/** Where a node of the first test says what it has seen, and where the peer of the second test is. */
const HOST = '10.90.0.1'
const PORT = 9000

const STATE = `
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
`

/** The other end of a tunnel. */
interface Peer {
  readonly publicKey: string
  readonly host: number
  readonly endpoint?: string
  readonly presharedKey?: string
}

/** A tunnel as an entry of a config: of two planes the host with this number has an address in each. */
const plane = (number: number, host: number, peers: readonly Peer[], privateKey?: string) => `
    - name: wg${number}
      wireguard:
        listenPort: ${51820 + number}
        ${privateKey === undefined ? '' : `privateKey: "${privateKey}"`}
        peers:${peers.map(({ host, ...keys }) => `\n          - ${JSON.stringify({ ...keys, allowedIPs: [`10.9.${number}.${host}/32`], persistentKeepalive: '5s' })}`).join('')}
      addresses: [10.9.${number}.${host}/24]
`

const node = (name: string, { address }: Pick<Tap, 'address'>, planes: readonly string[], rest: string) => `
apiVersion: keel/v1
hostname: ${name}
network:
  links:
    - {name: eth0, addresses: [${address}]}${planes.join('')}${STATE}${rest}
`

/** Asks the other node over both planes, and says so with what iproute2 tells of the links. */
const SCRIPT = `
while :; do
  for plane in 0 1; do
    /bin/busybox ping -c 1 -W 5 "10.9.$plane.1" >/dev/null || continue
    { echo "plane $plane"; /bin/ip -j -d -s link show "wg$plane"; } | /bin/busybox nc ${HOST} ${PORT}
  done
  /bin/busybox sleep 2
done
`

/** Lines that come in at an address of the network. */
function linesAt(inside: (argv: readonly string[]) => string[], program: string): string[] {
  const [command = '', ...rest] = inside([process.execPath, '-e', program])
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', line => lines.push(line))
  return lines
}

test('two nodes mesh over two planes without a name server; a key that a node has made stays, and nothing shows it', async () => {
  const { network } = ownNetwork()
  const [first, second] = [network.addTap(), network.addTap()]
  const lines = linesAt(
    network.inside,
    `require('net').createServer(s => s.pipe(process.stdout, { end: false })).listen(${PORT}, '${HOST}')`,
  )
  const [given, mine, other] = [newKeys(), newKeys(), newKeys()]
  const presharedKey = randomBytes(32).toString('base64')
  const hardware = ({ name, mac }: Tap) => ({ nics: [{ kind: 'tap' as const, name, mac }] })

  const planes = [
    plane(0, 1, [{ publicKey: mine.publicKey, host: 2 }]),
    plane(1, 1, [{ publicKey: other.publicKey, host: 2, presharedKey }], given.privateKey),
  ]
  const start = () =>
    boot({
      config: [node('first', first, planes, 'kubernetes: {role: none}')],
      disk,
      product: true,
      hardware: hardware(first),
      inside: network.inside,
    })
  const disk = newDisk()
  const before = await start()
  await steady(before)
  const keys = keysOf(before)
  expect(keys).toEqual([
    ['wg0', expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/)],
    ['wg1', given.publicKey],
  ])
  await powerOff(before)
  const vm = await start()
  await steady(vm)
  expect(keysOf(vm)).toEqual(keys)
  const shown = [vm.console(), before.console(), JSON.stringify([before.events, vm.events])].join('\n')
  for (const secret of [given.privateKey, presharedKey]) expect(shown).not.toContain(secret)

  const made = String(keys[0]?.[1])
  const endpoint = (number: number) => `${first.address.replace(/\/.*/, '')}:${51820 + number}`
  const peers = [
    [
      { publicKey: made, host: 1, endpoint: endpoint(0) },
      { publicKey: mine.publicKey, host: 2 },
    ],
    [{ publicKey: given.publicKey, host: 1, endpoint: endpoint(1), presharedKey }],
  ] as const
  const asking = await boot({
    config: [
      node(
        'second',
        second,
        [plane(0, 2, peers[0], mine.privateKey), plane(1, 2, peers[1], other.privateKey)],
        '',
      ),
      scriptFragment(SCRIPT),
    ],
    disk: newDisk(1024),
    memoryMib: 2048,
    hardware: hardware(second),
    inside: network.inside,
  })
  // A list of all nodes has the node itself as well: the kernel leaves it out, and the rest works.
  const own = await asking.waitFor(
    'its own key',
    ({ error }) => (error as { code?: string } | undefined)?.code === 'peer-is-self',
    WAIT_MS,
  )
  expect(own).toMatchObject({ fatal: false, error: { pointer: '/network/links/1/kind/peers/1' } })
  await steady(asking)
  await expect
    .poll(() => lines.filter(line => line.startsWith('plane ')), { timeout: WAIT_MS, interval: 500 })
    .toEqual(expect.arrayContaining(['plane 0', 'plane 1']))
  const links = lines.filter(line => line.startsWith('[')).flatMap(line => JSON.parse(line))
  for (const name of ['wg0', 'wg1'])
    expect(links.find(({ ifname }) => ifname === name)).toMatchObject({
      mtu: 1420,
      linkinfo: { info_kind: 'wireguard' },
    })
  await Promise.all([powerOff(asking), powerOff(vm)])
})

test('a name of a peer without an address is reported, and used as soon as it has one', async () => {
  const { network } = ownNetwork()
  const tap = network.addTap()
  // The first message of a handshake has 148 bytes, of which the first says what it is.
  const lines = linesAt(
    network.inside,
    `require('dgram').createSocket('udp4').on('message', m => console.log(m[0], m.length)).bind(51820, '${HOST}')`,
  )
  const tunnel = plane(0, 1, [{ publicKey: newKeys().publicKey, host: 2, endpoint: 'gw.example:51820' }])
  const vm = await boot({
    config: [
      node('named', tap, [tunnel], 'kubernetes: {role: none}').replace(
        'network:\n',
        `network:\n  nameservers: [${HOST}]\n`,
      ),
    ],
    disk: newDisk(),
    product: true,
    hardware: { nics: [{ kind: 'tap', name: tap.name, mac: tap.mac }] },
    inside: network.inside,
  })
  const failed = await vm.waitFor(
    'a name without an address',
    ({ error }) => (error as { code?: string } | undefined)?.code === 'endpoint-unresolved',
    WAIT_MS,
  )
  expect(failed).toMatchObject({
    fatal: false,
    error: { object: 'gw.example', pointer: '/network/links/1/kind/peers/0/endpoint/host' },
  })
  expect(lines).toEqual([])
  const [program = '', ...rest] = network.inside([
    ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root'],
    ...['--no-resolv', '--no-hosts', `--host-record=gw.example,${HOST}`],
  ])
  const server = spawn(program, rest, { stdio: 'ignore' })
  onTestFinished(() => void server.kill('SIGKILL'))
  await expect.poll(() => lines, { timeout: WAIT_MS, interval: 500 }).toContain('1 148')
  await powerOff(vm)
})
