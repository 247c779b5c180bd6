/** Networks that the kernel command line or the platform names, and configs that leave their links to them. */
import { expect, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { packed } from '../metadata/pack.ts'
import { WEB, WEB_PATH } from '../metadata/profile.ts'
import { AGENT, podsFragment, readOnNode } from './agent.ts'
import { IN_RAM } from './configs.ts'
import { iso } from './media.ts'
import { openNamespace, WEB_ADDRESS } from './namespace.ts'
import { scriptFragment } from './node-tools.ts'
import { openTrunk } from './trunk.ts'
import { boot, machineConfig, newDisk, powerOff, steady, tempDir } from './vm.ts'

const WAIT_MS = 120_000
const MAC = '52:54:00:00:02:01'
const OTHER_MAC = '52:54:00:00:02:02'
const GONE_MAC = '52:54:00:00:02:03'

const found = (vm: Vm) => vm.events.filter(({ type }) => type === 'network-found').map(wordsOf)
const wordsOf = ({ origin, used, leftOut, onlyThere, onlyConfig }: NodeEvent) =>
  Object.fromEntries(
    Object.entries({ origin, used, leftOut, onlyThere, onlyConfig }).filter(
      ([, value]) => value !== undefined,
    ),
  )
/** The addresses that links got, with how they got them. */
const addresses = (vm: Vm) =>
  vm.events
    .filter(({ type }) => type === 'link-configured')
    .map(({ interface: name, address, method }) => `${name} ${address} ${method}`)
    .sort()

/** As Proxmox writes it: names are those that its own guests would have, and hardware addresses count. */
const NETWORK_CONFIG = `
version: 1
config:
  - type: physical
    name: ens18
    mac_address: '${MAC.toUpperCase()}'
    subnets:
      - {type: static, address: 10.0.2.77, netmask: 255.255.255.0, gateway: 10.0.2.2}
      - {type: static6, address: '2001:db8:77::7/64'}
  - type: physical
    name: ens19
    mac_address: '${OTHER_MAC}'
    mtu: 1400
    subnets: [{type: dhcp4}]
  - {type: nameserver, address: [192.0.2.53], search: [rack.example]}
  - {type: infiniband, name: ib0}
`

const NETWORK_DATA = JSON.stringify({
  links: [
    { id: 'tap1a2b3c4d-5e', type: 'ovs', ethernet_mac_address: MAC, mtu: 1450 },
    { id: 'vlan7', type: 'vlan', vlan_link: 'tap1a2b3c4d-5e', vlan_id: 7, vlan_mac_address: MAC },
  ],
  networks: [
    { id: 'n0', type: 'ipv4_dhcp', link: 'tap1a2b3c4d-5e' },
    { id: 'n1', type: 'ipv4', link: 'vlan7', ip_address: '192.0.2.7', netmask: '255.255.255.0', routes: [] },
  ],
  services: [{ type: 'dns', address: '192.0.2.54' }],
})

const NICS = [
  { kind: 'user', reach: 'nothing', mac: MAC },
  { kind: 'user', reach: 'nothing', mac: OTHER_MAC },
] as const

const seed = (label: string, contents: Record<string, string>) => [
  { as: 'disk', file: iso(tempDir(), label, contents) } as const,
]

test('a seed names the links of a node whose config names none', async () => {
  const media = seed('cidata', {
    'user-data': machineConfig([IN_RAM]),
    'meta-data': '',
    'network-config': NETWORK_CONFIG,
  })
  const vm = await boot({ hardware: { nics: [...NICS], media } })
  await steady(vm)
  expect(found(vm)).toEqual([{ origin: 'platform', used: true, leftOut: ['ib0: its type'] }])
  expect(addresses(vm)).toEqual([
    'eth0 10.0.2.77/24 static',
    'eth0 2001:db8:77::7/64 static',
    'eth1 10.0.2.15/24 dhcp',
  ])
})

test('a config drive names a VLAN, and a config from elsewhere leaves its links to it', async () => {
  const media = seed('config-2', { 'openstack/latest/network_data.json': NETWORK_DATA })
  // The slim image has no VLANs.
  const vm = await boot({ config: [IN_RAM], product: true, hardware: { nics: [...NICS], media } })
  await steady(vm)
  expect(found(vm)).toEqual([{ origin: 'platform', used: true }])
  expect(addresses(vm)).toEqual([
    expect.stringMatching(/^\S+ 10\.0\.2\.15\/24 dhcp$/),
    expect.stringMatching(/^\S+ 192\.0\.2\.7\/24 static$/),
  ])
})

test('links of the config are used, and what the platform says differently is reported', async () => {
  const own = `
apiVersion: keel/v1
hostname: in-ram
network:
  links: [{name: eth0, addresses: [10.0.2.78/24], routes: [{gateway: 10.0.2.2}]}]
  nameservers: [192.0.2.53]
kubernetes: {role: none}
`
  const media = seed('cidata', { 'user-data': '', 'meta-data': '', 'network-config': NETWORK_CONFIG })
  const vm = await boot({ config: [own], hardware: { nics: [...NICS], media } })
  await steady(vm)
  expect(found(vm)).toEqual([
    {
      origin: 'platform',
      used: false,
      leftOut: ['ib0: its type'],
      onlyThere: expect.arrayContaining([
        'DHCPv4',
        'address 10.0.2.77/24',
        'MTU 1400',
        'search domain rack.example',
      ]),
      onlyConfig: ['address 10.0.2.78/24'],
    },
  ])
  expect(addresses(vm)).toEqual(['eth0 10.0.2.78/24 static'])
})

/** Boots with a network that cannot be that of the machine; how that fails. */
async function failuresWith(ethernets: string) {
  const networkConfig = `version: 2\nethernets: {${ethernets}}\n`
  const media = seed('cidata', { 'user-data': '', 'meta-data': '', 'network-config': networkConfig })
  const vm = await boot({ config: [IN_RAM], hardware: { nics: [NICS[0]], media } })
  await steady(vm)
  expect(addresses(vm)).toEqual(['eth0 10.0.2.15/24 dhcp'])
  return vm.events.filter(({ type }) => type === 'failed').map(({ error }) => error)
}

test('a network of interfaces that the machine does not have is reported, and DHCP is used', async () => {
  const stale = `a: {match: {macaddress: '${GONE_MAC}'}, addresses: [192.0.2.9/24]}`
  expect(await failuresWith(stale)).toEqual([expect.objectContaining({ code: 'interface-not-found' })])
})

test('a network that names one interface twice is reported, and DHCP is used', async () => {
  const twice = `a: {match: {macaddress: '${MAC}'}, addresses: [192.0.2.9/24]}, eth0: {dhcp4: true}`
  expect(await failuresWith(twice)).toEqual([expect.objectContaining({ code: 'interface-claimed-twice' })])
})

const SCRIPT = `
while :; do
  /bin/ip -j -d address >/out/new
  /bin/busybox mv /out/new /out/address
  /bin/busybox sleep 1
done
`

const TRUNKED = `
apiVersion: keel/v1
hostname: trunked
network:
  links:
    - {name: eth0, dhcp4: true}
    - {name: eth1, addresses: [192.0.2.9/24]}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
`

type Link = {
  ifname: string
  mtu: number
  master?: string
  linkinfo?: { info_kind?: string }
  addr_info: { local: string }[]
}

test('a config is fetched through a proxy over a VLAN on a bond, of which nothing is left that it does not name', async () => {
  const namespace = openNamespace()
  const web = await namespace.start(WEB_ADDRESS, {
    profile: WEB,
    document: packed(machineConfig([TRUNKED, scriptFragment(SCRIPT), podsFragment(AGENT)]), 'gzip'),
  })
  const trunk = await openTrunk(namespace.inside, 7)
  const network = [
    'bond=bond0:eth1:mode=active-backup,miimon=100 vlan=bond0.7:bond0',
    'ip=10.0.2.15::10.0.2.2:255.255.255.0::bond0.7:none ip=eth0:off:1400',
  ].join(' ')
  const vm = await boot({
    cmdline: [
      `keel.network="${network}" keel.network=nameserver=192.0.2.53`,
      `keel.proxy=http://keel:a%40b@${WEB_ADDRESS}:80 keel.config.url=http://config.invalid${WEB_PATH}`,
    ].join(' '),
    disk: newDisk(1024),
    memoryMib: 2048,
    product: true,
    hardware: { nics: [{ kind: 'user', reach: 'nothing' }, trunk.nic] },
  })
  await steady(vm)
  expect(
    web.requests.map(({ path, status, headers }) => [path, status, headers['proxy-authorization']]),
  ).toEqual([[`http://config.invalid${WEB_PATH}`, 200, 'Basic a2VlbDphQGI=']])
  const read = async () => {
    const text = await readOnNode(vm, '/run/tools/address').catch(() => '')
    return (JSON.parse(text || '[]') as Link[]).map(({ ifname, mtu, master, linkinfo, addr_info }) => ({
      name: ifname,
      mtu,
      master,
      kind: linkinfo?.info_kind,
      addresses: addr_info.map(({ local }) => local).filter(local => !local.startsWith('fe80:')),
    }))
  }
  await expect
    .poll(read, { timeout: WAIT_MS, interval: 500 })
    .toEqual([
      expect.objectContaining({ name: 'lo' }),
      { name: 'eth0', mtu: 1500, addresses: ['10.0.2.15'] },
      { name: 'eth1', mtu: 1500, addresses: ['192.0.2.9'] },
    ])
  await powerOff(vm)
})
