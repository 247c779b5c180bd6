/**
 * From a link that comes up to a default route: keel-init's DHCP child next to systemd-networkd and dhcpcd, in turn, between two
 * namespaces of this machine. A real dnsmasq answers all of them.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AtEnd, type Lab, type Lines, openLab } from '../network/lab.ts'
import { unpacked } from '../network/unpacked.ts'
import { spreadOf } from './statistics.ts'
import type { Line } from './table.ts'
import type { Workspace } from './workspace.ts'

const ROUNDS = 15
const NETWORKD = '/lib/systemd/systemd-networkd'
const PREFIX = '2001:db8:77::'

/** How the route comes. */
type Way = 'DHCP' | 'SLAAC'

/** Starts a client, which brings the link up. */
type Client = (lab: Lab, way: Way) => Lines

/** The medians of each client, by way. */
export async function benchNetwork(workspace: Workspace, write: (what: string) => void): Promise<Line[]> {
  const init = join(await workspace.image('kernel'), 'keel-init')
  const clients: Readonly<Record<string, Client>> = {
    'keel-init': keel(init),
    'systemd-networkd': networkd,
    dhcpcd,
  }
  const lines: Line[] = []
  for (const way of ['DHCP', 'SLAAC'] as const) {
    const names = Object.keys(clients).filter(name => way === 'DHCP' || name !== 'dhcpcd')
    const times = new Map<string, number[]>(names.map(name => [name, []]))
    for (let round = 1; round <= ROUNDS; round++) {
      write(`${way}, round ${round} of ${ROUNDS}`)
      for (const [name, list] of times) list.push(await measure(clients[name] as Client, way))
    }
    const own = spreadOf(times.get('keel-init') ?? [])
    const others = [...times].filter(([name]) => name !== 'keel-init')
    const spreads = others.map(([name, list]) => ({ name, spread: spreadOf(list) }))
    const [fastest] = spreads.sort((a, b) => a.spread.median - b.spread.median)
    for (const { name, spread } of spreads)
      lines.push({
        what: `link up → default route by ${way}`,
        unit: 'ms',
        value: own,
        baseline: name,
        base: spread,
        ...(name === fastest?.name ? { goal: way === 'DHCP' ? 0.5 : 1.1 } : {}),
      })
  }
  return lines
}

/** Milliseconds of one start, in namespaces of its own. */
async function measure(start: Client, way: Way): Promise<number> {
  const work: (() => Promise<void>)[] = []
  const atEnd: AtEnd = one => void work.push(one)
  try {
    const lab = openLab(atEnd)
    await serve(lab, way)
    const changes = lab.startAtClient('ip', '-o', '-ts', 'monitor', 'link', 'route')
    await listening(lab, changes)
    start(lab, way)
    const up = await changes.next(line => / c0\S*: <[^>]*\bUP\b/.test(line))
    const route = await changes.next(line => /\] default via .* dev c0/.test(line))
    return timeOf(route) - timeOf(up)
  } finally {
    for (const one of work) await one()
  }
}

/** It says nothing by itself when it listens, so something happens until it tells of it. */
async function listening(lab: Lab, changes: Lines): Promise<void> {
  for (let mtu = 60_000; ; mtu++) {
    lab.atClient('ip', 'link', 'set', 'lo', 'mtu', String(mtu))
    const isHeard = await changes
      .next(line => line.includes(' lo:'), 0.2)
      .then(
        () => true,
        () => false,
      )
    if (isHeard) return
    if (mtu === 60_100) throw new Error('ip monitor does not listen')
  }
}

/** As `ip -ts` writes it. */
function timeOf(line: string): number {
  const [, second = '', fraction = ''] = /^\[(\S+?)\.(\d{6})\]/.exec(line) ?? []
  return Date.parse(`${second}Z`) + Number(fraction) / 1000
}

/** Each gets its answer at once: the server looks for no other machine with the address first. */
async function serve(lab: Lab, way: Way): Promise<void> {
  if (way === 'DHCP') {
    await lab.dnsmasq('--dhcp-option=3,10.77.0.1')
    return
  }
  // Its own address of the link is there at once: the router of a rack has had one for long.
  lab.atServer('sysctl', '-qw', 'net.ipv6.conf.s0.accept_dad=0')
  lab.atServer('ip', 'address', 'add', `${PREFIX}1/64`, 'dev', 's0', 'nodad')
  const options = ['--conf-file=/dev/null', '--pid-file=', '--user=root', '--port=0', '--log-facility=-']
  const range = ['--enable-ra', `--dhcp-range=${PREFIX},ra-only,64,120`]
  const server = lab.startAtServer('dnsmasq', '--keep-in-foreground', ...options, ...range)
  await server.next(line => line.includes('router advertisement'))
}

const keel =
  (init: string): Client =>
  (lab, way) => {
    const link = { dhcp4: way === 'DHCP', dhcp6: false, slaac: way === 'SLAAC' }
    const interfaces = [{ selector: { name: null, facts: { name: 'c0' } }, mtu: null, ...link }]
    const job = { interfaces, not: [], hostname: null, duid: [], remembered: [], remembered6: [] }
    return lab.startWorker(init, 'dhcp', job)
  }

/** It takes an interface as ready where no udev runs, which it knows by a /sys that nobody can write. */
const networkd: Client = (lab, way) => {
  const network =
    way === 'DHCP'
      ? ['DHCP=ipv4', 'LinkLocalAddressing=no', 'IPv6AcceptRA=no']
      : ['DHCP=no', 'LinkLocalAddressing=ipv6', 'IPv6AcceptRA=yes']
  const config = join(lab.folder, '10.network')
  writeFileSync(config, ['[Match]', 'Name=c0', '[Network]', ...network, ''].join('\n'))
  const script = [
    'mount -t tmpfs tmpfs /run',
    'mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp',
    'chown -R systemd-network: /run/systemd/netif',
    `cp ${config} /run/systemd/network/`,
    'mount -o remount,ro /sys || mount -t sysfs -o ro sysfs /sys',
    `exec ${NETWORKD}`,
  ]
  return lab.startAtClient('unshare', '--mount', 'sh', '-ec', script.join('\n'))
}

/** Without its look for other machines with the address, which takes five seconds. */
const dhcpcd: Client = lab => {
  const folder = unpacked({ name: 'dhcpcd', packages: ['dhcpcd-base'] })
  const config = join(lab.folder, 'dhcpcd.conf')
  writeFileSync(config, 'noarp\nnoipv6rs\nnoipv4ll\noption classless_static_routes, routers\n')
  const script = [
    'mount -t tmpfs tmpfs /run',
    'mkdir -p /run/dhcpcd /var/lib/dhcpcd',
    'mount -t tmpfs tmpfs /var/lib/dhcpcd',
    `exec ${folder}/usr/sbin/dhcpcd --nobackground --ipv4only --config ${config} --script /bin/true c0`,
  ]
  return lab.startAtClient('unshare', '--mount', 'sh', '-ec', script.join('\n'))
}
