/** Links of all kinds, with their addresses, routes and rules: what a machine has is read back by iproute2 and compared with the config. */
import { expect, test } from 'vitest'
import type { Nic } from '../../src/vm/qemu-network.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { AGENT, podsFragment, readOnNode } from './agent.ts'
import { scriptFragment } from './node-tools.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 120_000
const CARDS = 12
const macOf = (card: number) => `52:54:00:00:01:${card.toString(16).padStart(2, '0')}`
/** Cards behind the others, which can be unplugged; the first one is not there at the boot. */
const LATE = CARDS
const PLUG = CARDS + 1
/** The kernel gives it the lowest number that is free: the other one has another name by then. */
const LATE_NAME = 'eth1'
const NICS: Nic[] = Array.from({ length: CARDS + 2 }, (_, card) => ({
  kind: 'user',
  reach: 'nothing',
  mac: macOf(card),
  ...(card >= CARDS && { slot: card === LATE ? 'empty' : 'full' }),
}))

/**
 * Takes `uplink` down and up, whereby the kernel drops its routes and its addresses of IPv6, and then reads everything again and again,
 * so that what comes late is seen as well. Each file is whole whenever it is there.
 */
const SCRIPT = `
/bin/busybox sh -c "/bin/ip link set uplink down; /bin/ip link set uplink up"
while :; do
  for what in address 'route show table all' '6 route show table all' rule '6 rule'; do
    case "$what" in 6*) family=-6; words="\${what#6 }";; *) family=-4; words="$what";; esac
    [ "$what" = address ] && family=-d
    /bin/busybox sh -c "/bin/ip -j $family $words" >"/out/new" 2>&1
    /bin/busybox mv /out/new "/out/$family-\${words%% *}"
  done
  /bin/busybox sleep 1
done
`

const NODE = `
apiVersion: keel/v1
hostname: linked
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
`

const NETWORK = `
apiVersion: keel/v1
network:
  links:
    - {name: eth0, dhcp4: true}
    - name: uplink
      match: {mac: "${macOf(1)}"}
      mtu: 1400
      addresses: [192.0.2.10/24, 192.0.2.11/32, "2001:db8::10/64"]
      routes:
        - {destination: 10.0.0.0/8, gateway: 192.0.2.1}
        - {destination: 10.0.0.0/8, gateway: 192.0.2.2, metric: 500}
        - {destination: 10.7.0.0/16, gateway: 203.0.113.1, onLink: true, source: 192.0.2.11}
        - {destination: "2001:db8:9::/48", gateway: "2001:db8::1", metric: 77}
        - {gateway: 192.0.2.3, table: 100}
        - {gateway: "fe80::1", table: 300}
      rules:
        - {from: 192.0.2.0/24, to: 10.9.0.0/16, table: 100, priority: 1000}
        - {mark: 7, table: 100, priority: 1001}
        - {from: "2001:db8::/64", table: 300, priority: 1002}
    - {name: rr, bond: {mode: balance-rr, packetsPerMember: 4, members: [{name: eth2}]}}
    - name: ab
      bond:
        mode: active-backup
        members: [{permanentMac: "${macOf(3)}"}, {name: eth4}]
        primary: eth4
        primaryReselectPolicy: better
        failOverMACPolicy: active
        gratuitousARP: 3
        resendIGMP: 2
        allMembersActive: true
        upDelay: 200ms
        downDelay: 300ms
      dhcp4: true
    - {name: xor, bond: {mode: balance-xor, transmitHashPolicy: layer2+3, miiMonitorInterval: 50ms, members: [{driver: virtio_net, mac: "${macOf(5)}"}]}}
    - {name: bc, bond: {mode: broadcast, arpInterval: 2s, arpIPTargets: [192.0.2.200, 192.0.2.201], members: [{name: eth6}]}}
    - name: lacp
      bond: {mode: 802.3ad, lacpRate: fast, adSelect: bandwidth, minLinks: 1, transmitHashPolicy: encap3+4, members: [{name: eth7}, {name: eth8}]}
      mtu: 2000
    - {name: tlb, bond: {mode: balance-tlb, learnPacketInterval: 5s, members: [{name: eth9}, {mac: "${macOf(LATE)}"}]}}
    - {name: bond0, bond: {mode: balance-alb, members: [{name: eth10}]}}
    - name: br0
      bridge: {stp: true, priority: 4096, forwardDelay: 4s, helloTime: 1s, maxAge: 6s, ageingTime: 60s, members: [{name: lacp.41}, {mac: "${macOf(11)}"}]}
      addresses: [198.51.100.1/24]
    - {name: lacp.41, vlan: {id: 41, link: lacp.40, protocol: 802.1q}}
    - {name: lacp.40, vlan: {id: 40, link: lacp, protocol: 802.1ad}, addresses: [203.0.113.40/25]}
    - {name: dummy0, dummy: {}, addresses: [100.64.0.7/32, "2001:db8:7::7/128"]}
    - name: plug
      match: {mac: "${macOf(PLUG)}"}
      mtu: 1450
      addresses: [203.0.113.193/27, "2001:db8:13::1/64"]
      routes: [{destination: 10.13.0.0/16, gateway: 203.0.113.194}, {destination: "2001:db8:14::/48", gateway: "2001:db8:13::2"}]
      rules: [{from: 203.0.113.193/32, table: 254, priority: 1013}]
    - {name: plug.13, vlan: {id: 13, link: plug}, addresses: [203.0.113.225/28], routes: [{destination: 10.14.0.0/16, gateway: 203.0.113.226}]}
  hosts: [{address: 192.0.2.77, names: [db, db.example.org]}]
  searchDomains: [site.example]
kernel:
  sysctl: {net.ipv4.conf.plug.arp_announce: 2, net.ipv4.conf.plug/13.arp_ignore: 1}
`

interface IpLink {
  ifname: string
  flags: string[]
  mtu: number
  address: string
  master?: string
  link?: string
  linkinfo?: { info_kind?: string; info_data?: Record<string, unknown> }
  addr_info: { local: string; prefixlen: number; scope: string }[]
}
type Row = Record<string, unknown>

/** What the script has read; an empty list until it has. */
const read = async <T>(vm: Vm, name: string): Promise<T> => {
  const text = await readOnNode(vm, `/run/tools/${name}`).catch(() => '')
  return JSON.parse(text.startsWith('[') ? text : '[]') as T
}

const links = (vm: Vm) => read<IpLink[]>(vm, '-d-address')

/** What a link is, without the addresses that the kernel and DHCP give it. */
const shortOf = ({ ifname, mtu, master, link, linkinfo, addr_info }: IpLink) => ({
  name: ifname,
  mtu,
  ...(linkinfo?.info_kind !== undefined && { kind: linkinfo.info_kind }),
  ...(master !== undefined && { master }),
  ...(link !== undefined && { link }),
  addresses: addr_info
    .filter(({ local, scope }) => scope !== 'link' && !local.startsWith('10.0.2.'))
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
})

/** In the order of their numbers: the cards, and then what is made, each after what it is made of. */
const LINKS = [
  { name: 'lo', mtu: 65536, addresses: ['127.0.0.1/8', '::1/128'] },
  { name: 'eth0', mtu: 1500, addresses: [] },
  { name: 'uplink', mtu: 1400, addresses: ['192.0.2.10/24', '192.0.2.11/32', '2001:db8::10/64'] },
  { name: 'eth2', mtu: 1500, master: 'rr', addresses: [] },
  { name: 'eth3', mtu: 1500, master: 'ab', addresses: [] },
  { name: 'eth4', mtu: 1500, master: 'ab', addresses: [] },
  { name: 'eth5', mtu: 1500, master: 'xor', addresses: [] },
  { name: 'eth6', mtu: 1500, master: 'bc', addresses: [] },
  { name: 'eth7', mtu: 2000, master: 'lacp', addresses: [] },
  { name: 'eth8', mtu: 2000, master: 'lacp', addresses: [] },
  { name: 'eth9', mtu: 1500, master: 'tlb', addresses: [] },
  { name: 'eth10', mtu: 1500, master: 'bond0', addresses: [] },
  { name: 'eth11', mtu: 1500, master: 'br0', addresses: [] },
  { name: 'plug', mtu: 1450, addresses: ['203.0.113.193/27', '2001:db8:13::1/64'] },
  { name: 'rr', mtu: 1500, kind: 'bond', addresses: [] },
  { name: 'ab', mtu: 1500, kind: 'bond', addresses: [] },
  { name: 'xor', mtu: 1500, kind: 'bond', addresses: [] },
  { name: 'bc', mtu: 1500, kind: 'bond', addresses: [] },
  { name: 'lacp', mtu: 2000, kind: 'bond', addresses: [] },
  { name: 'tlb', mtu: 1500, kind: 'bond', addresses: [] },
  { name: 'bond0', mtu: 1500, kind: 'bond', addresses: [] },
  { name: 'lacp.40', mtu: 2000, kind: 'vlan', link: 'lacp', addresses: ['203.0.113.40/25'] },
  { name: 'lacp.41', mtu: 2000, kind: 'vlan', link: 'lacp.40', master: 'br0', addresses: [] },
  { name: 'br0', mtu: 1500, kind: 'bridge', addresses: ['198.51.100.1/24'] },
  { name: 'dummy0', mtu: 1500, kind: 'dummy', addresses: ['100.64.0.7/32', '2001:db8:7::7/128'] },
  { name: 'plug.13', mtu: 1450, kind: 'vlan', link: 'plug', addresses: ['203.0.113.225/28'] },
]

/** What comes back with the card that is unplugged and plugged in again. */
const ROUTES_OF_PLUG: readonly Row[] = [
  { dst: '10.13.0.0/16', gateway: '203.0.113.194', dev: 'plug' },
  { dst: '10.14.0.0/16', gateway: '203.0.113.226', dev: 'plug.13' },
]
const IPV6_ROUTE_OF_PLUG: Row = { dst: '2001:db8:14::/48', gateway: '2001:db8:13::2', dev: 'plug' }

const byName = (found: readonly { name: string }[]) => [...found].sort((a, b) => a.name.localeCompare(b.name))

/** In the words of iproute2, which has seconds of a bridge in hundredths. */
const SETTINGS: Readonly<Record<string, Row>> = {
  rr: { mode: 'balance-rr', packets_per_slave: 4, miimon: 100 },
  ab: {
    mode: 'active-backup',
    miimon: 100,
    updelay: 200,
    downdelay: 300,
    primary: 'eth4',
    primary_reselect: 'better',
    fail_over_mac: 'active',
    num_peer_notif: 3,
    resend_igmp: 2,
    all_slaves_active: 1,
  },
  xor: { mode: 'balance-xor', xmit_hash_policy: 'layer2+3', miimon: 50 },
  bc: { mode: 'broadcast', miimon: 0, arp_interval: 2000, arp_ip_target: ['192.0.2.200', '192.0.2.201'] },
  lacp: {
    mode: '802.3ad',
    ad_lacp_rate: 'fast',
    ad_select: 'bandwidth',
    min_links: 1,
    xmit_hash_policy: 'encap3+4',
  },
  tlb: { mode: 'balance-tlb', lp_interval: 5 },
  bond0: { mode: 'balance-alb' },
  'lacp.40': { id: 40, protocol: '802.1ad' },
  'lacp.41': { id: 41, protocol: '802.1Q' },
  br0: {
    stp_state: 1,
    priority: 4096,
    forward_delay: 400,
    hello_time: 100,
    max_age: 600,
    ageing_time: 6000,
  },
}

const ROUTES: readonly Row[] = [
  { dst: '10.0.0.0/8', gateway: '192.0.2.1', dev: 'uplink' },
  { dst: '10.0.0.0/8', gateway: '192.0.2.2', dev: 'uplink', metric: 500 },
  { dst: '10.7.0.0/16', gateway: '203.0.113.1', dev: 'uplink', prefsrc: '192.0.2.11', flags: ['onlink'] },
  { dst: 'default', gateway: '192.0.2.3', dev: 'uplink', table: '100' },
]
const ROUTES_OF_IPV6: readonly Row[] = [
  { dst: '2001:db8:9::/48', gateway: '2001:db8::1', dev: 'uplink', metric: 77 },
  { dst: 'default', gateway: 'fe80::1', dev: 'uplink', table: '300' },
]
const RULES: readonly Row[] = [
  { priority: 1000, src: '192.0.2.0', srclen: 24, dst: '10.9.0.0', dstlen: 16, table: '100' },
  { priority: 1001, src: 'all', fwmark: '0x7', table: '100' },
]

/** What links that software has made are set to, by their names. */
const settingsIn = (found: Awaited<ReturnType<typeof links>>) =>
  Object.fromEntries(found.map(({ ifname, linkinfo }) => [ifname, linkinfo?.info_data]))

/** Waits until a list that is read has all these rows. */
async function hasRows(vm: Vm, list: string, wanted: readonly Row[]): Promise<void> {
  await expect
    .poll(() => read<Row[]>(vm, list), { timeout: WAIT_MS, interval: 500 })
    .toEqual(expect.arrayContaining(wanted.map(row => expect.objectContaining(row))))
}

/** Waits until the links are these, whatever their numbers. */
const hasLinks = (vm: Vm, wanted: readonly { name: string }[]) =>
  expect
    .poll(async () => byName((await links(vm)).map(shortOf)), { timeout: WAIT_MS, interval: 500 })
    .toEqual(byName(wanted))

/** The changes of an interface that were reported, each with the link that it is a member of. */
const changesOf = (vm: Vm, name: string) =>
  vm.events
    .filter(event => event.type === 'link-changed' && event.interface === name)
    .map(({ change, of }) => (of === undefined ? change : `${change} ${of}`))

const changed = (vm: Vm, name: string, changes: readonly string[]) =>
  expect.poll(() => changesOf(vm, name), { timeout: WAIT_MS, interval: 100 }).toEqual(changes)

/** Takes the cable of a member out and in so often that not each change is an event. */
async function flap(vm: Vm): Promise<void> {
  await vm.command({ card: 5, does: 'cable_out' })
  await changed(vm, 'eth5', ['carrier-lost xor'])
  await changed(vm, 'xor', ['carrier-lost'])
  for (let time = 0; time < 20; time++)
    await vm.command({ card: 5, does: time % 2 === 0 ? 'cable_in' : 'cable_out' })
  await vm.command({ card: 5, does: 'cable_in' })
  const last = () => [changesOf(vm, 'eth5').at(-1), changesOf(vm, 'xor').at(-1)]
  await expect.poll(last, { timeout: WAIT_MS, interval: 100 }).toEqual(['carrier-found xor', 'carrier-found'])
  const times = vm.events.filter(event => event.type === 'link-changed').map(({ monoMs }) => monoMs)
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000
  expect(changesOf(vm, 'eth5').length, vm.console()).toBeLessThanOrEqual(4 + 2 * Math.ceil(seconds))
}

/** A member that was missing at the boot joins, leaves the machine, and joins again. */
async function plugMember(vm: Vm): Promise<void> {
  const joined = ['appeared', 'joined tlb']
  const withMember = [...LINKS, { name: LATE_NAME, mtu: 1500, master: 'tlb', addresses: [] }]
  await vm.command({ card: LATE, does: 'plug_in' })
  await changed(vm, LATE_NAME, joined)
  await hasLinks(vm, withMember)
  await vm.command({ card: LATE, does: 'unplug' })
  await changed(vm, LATE_NAME, [...joined, 'gone tlb'])
  await hasLinks(vm, LINKS)
}

/** A card with a name, addresses and a VLAN is unplugged and plugged in again. */
async function replug(vm: Vm): Promise<void> {
  await vm.command({ card: PLUG, does: 'unplug' })
  await changed(vm, 'plug', ['gone'])
  await hasLinks(
    vm,
    LINKS.filter(({ name }) => !name.startsWith('plug')),
  )
  await vm.command({ card: PLUG, does: 'plug_in' })
  await changed(vm, 'plug', ['gone', 'appeared'])
  await plugIsWhole(vm)
}

async function plugIsWhole(vm: Vm): Promise<void> {
  await hasLinks(vm, LINKS)
  await hasRows(vm, '-4-route', ROUTES_OF_PLUG)
  await hasRows(vm, '-6-route', [IPV6_ROUTE_OF_PLUG])
  await hasRows(vm, '-4-rule', [{ priority: 1013, src: '203.0.113.193', table: 'main' }])
  const value = async (name: string) => (await readOnNode(vm, `/proc/sys/net/ipv4/conf/${name}`)).trim()
  expect([await value('plug/arp_announce'), await value('plug.13/arp_ignore')]).toEqual(['2', '1'])
}

test('links of every kind are what the config says, field by field, also after one was down, unplugged or late', async () => {
  const vm = await boot({
    config: [NODE, scriptFragment(SCRIPT), podsFragment(AGENT), NETWORK],
    disk: newDisk(1024),
    memoryMib: 2048,
    hardware: { nics: NICS },
  })
  await steady(vm)
  await expect
    .poll(async () => (await links(vm)).map(shortOf), { timeout: WAIT_MS, interval: 500 })
    .toEqual(LINKS)
  const found = await links(vm)
  const down = found.filter(({ flags }) => !flags.includes('UP')).map(({ ifname }) => ifname)
  expect(down).toEqual([])
  // While the topology of STP changes, the kernel gives a bridge another ageing time: twice its forward delay.
  await expect
    .poll(async () => settingsIn(await links(vm)), { timeout: WAIT_MS, interval: 500 })
    .toMatchObject(SETTINGS)

  await hasRows(vm, '-4-route', ROUTES)
  await hasRows(vm, '-6-route', ROUTES_OF_IPV6)
  await hasRows(vm, '-4-rule', RULES)
  await hasRows(vm, '-6-rule', [{ priority: 1002, src: '2001:db8::', srclen: 64, table: '300' }])

  await plugIsWhole(vm)
  const missing = vm.events.filter(({ type, fatal }) => type === 'failed' && fatal === false)
  expect(missing.map(({ error }) => (error as { code: string; object: string }).object)).toEqual([
    `interface with MAC address ${macOf(LATE)}`,
  ])

  // A bond has a lease like any other link, and its members have none.
  expect(vm.events.filter(({ type, method }) => type === 'link-configured' && method === 'dhcp')).toEqual([
    expect.objectContaining({ interface: expect.stringMatching(/^(eth0|ab)$/) }),
    expect.objectContaining({ interface: expect.stringMatching(/^(eth0|ab)$/) }),
  ])
  expect(await readOnNode(vm, '/etc/hosts')).toContain('\n192.0.2.77 db db.example.org\n')
  expect(await readOnNode(vm, '/etc/resolv.conf')).toContain('search site.example\n')

  await flap(vm)
  await plugMember(vm)
  await replug(vm)
  await powerOff(vm)
})
