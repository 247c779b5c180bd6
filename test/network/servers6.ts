/** Real servers of IPv6 on the lab's first cable, whose prefix is 2001:db8:77::/64: dnsmasq, Kea's DHCPv6 server and radvd. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { Lab, Lines } from './lab.ts'
import { unpacked, withLibraries } from './unpacked.ts'

/** The prefix on the cable, without its length. */
export const PREFIX = '2001:db8:77::'

/** Gives the server's end its address at once. */
export function addressServer(lab: Lab): void {
  lab.atServer('ip', 'address', 'add', `${PREFIX}1/64`, 'dev', 's0', 'nodad')
}

/** A dnsmasq that advertises itself as a router; the flags of DHCPv6 are those of its `--dhcp-range`. */
export async function startDnsmasq6(lab: Lab, ...options: string[]): Promise<Lines> {
  addressServer(lab)
  const lines = lab.startAtServer(
    'dnsmasq',
    ...[
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--pid-file=',
      '--user=root',
      '--no-resolv',
      '--port=0',
    ],
    ...['--log-facility=-', '--log-dhcp', '--no-hosts', '--no-ping', '--enable-ra', '--ra-param=s0,4,1800'],
    ...[`--dhcp-leasefile=${join(lab.folder, 'leases6')}`, ...options],
  )
  await lines.next(line => line.includes('DHCPv6') || line.includes('router advertisement'))
  return lines
}

/** Kea's DHCPv6 server with these settings of the subnet; it advertises no router. */
export async function startKea(lab: Lab, subnet: object, timers: object): Promise<Lines> {
  addressServer(lab)
  // It listens on an interface that has its address of the link when it starts, for which somebody must be at the other end.
  lab.atClient('ip', 'link', 'set', 'c0', 'up')
  const isReady = () =>
    lab.atServer('ip', '-6', 'address', 'show', 'dev', 's0', 'scope', 'link', '-tentative')
  await vi.waitFor(() => expect(isReady()).toContain('fe80:'), { timeout: 20_000, interval: 100 })
  const folder = unpacked({
    name: 'kea',
    packages: ['kea-dhcp6-server', 'kea-common'],
    libraries: ['liblog4cplus', 'libmariadb', 'libpq'],
  })
  const config = join(lab.folder, 'kea.json')
  const Dhcp6 = {
    'interfaces-config': { interfaces: ['s0'] },
    'lease-database': { type: 'memfile', persist: false },
    'data-directory': lab.folder,
    'server-id': { type: 'LL', identifier: '020000000077', persist: false },
    loggers: [
      { name: 'kea-dhcp6', severity: 'DEBUG', debuglevel: 50, output_options: [{ output: 'stdout' }] },
    ],
    subnet6: [{ id: 1, subnet: `${PREFIX}/64`, interface: 's0', ...subnet }],
    ...timers,
  }
  writeFileSync(config, JSON.stringify({ Dhcp6 }))
  const folders = ['KEA_PIDFILE_DIR', 'KEA_LOCKFILE_DIR'].map(name => `${name}=${lab.folder}`)
  const kea = join(folder, 'usr/sbin/kea-dhcp6')
  const lines = lab.startAtServer(...withLibraries(folder), ...folders, kea, '-c', config)
  await lines.next(line => line.includes('DHCP6_STARTED'))
  return lines
}

/** A radvd with these lines about the interface. */
export async function startRadvd(lab: Lab, ...lines: string[]): Promise<Lines> {
  addressServer(lab)
  const folder = unpacked({ name: 'radvd', packages: ['radvd'] })
  const config = join(lab.folder, 'radvd.conf')
  writeFileSync(config, `interface s0 {\n${lines.join('\n')}\n};\n`)
  const pid = join(lab.folder, 'radvd.pid')
  const radvd = lab.startAtServer(
    ...[join(folder, 'usr/sbin/radvd'), '--nodaemon', '--logmethod=stderr', '--debug=1'],
    ...[`--config=${config}`, `--pidfile=${pid}`, '--username=root'],
  )
  await radvd.next(line => line.includes('version') || line.includes('started'))
  return radvd
}
