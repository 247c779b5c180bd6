/** Keys and forms of other tools in `network`: each gets what says the same in its place, and is one problem. */
import { describe, expect, test } from 'vitest'
import { nodeShape } from '../../schema/generated/node-shape.ts'
import { shapesAt } from '../../schema/shape.ts'
import { NETWORK_WORDS } from '../../transpiler/recover/link-words.ts'
import { keysAt } from '../../transpiler/recover/unknown-key.ts'
import { isSameWord } from '../../transpiler/rules/nearest.ts'
import { diagnosticsOf, HEAD, problemsOf } from './problems.ts'

/** A place of the table with a number for each list. */
function pathOfPlace(place: string): (string | number)[] {
  const path: (string | number)[] = []
  for (const key of place.split('.').filter(Boolean)) {
    path.push(key)
    if (shapesAt(nodeShape(), path).some(({ type }) => type === 'array')) path.push(0)
  }
  return path
}

describe.each(Object.entries(NETWORK_WORDS))('the table of %j', (place, words) => {
  const known = keysAt(nodeShape(), pathOfPlace(place))

  test('is about keys of the place, and none of them is one of its words', () => {
    expect(known.length).toBeGreaterThan(0)
    for (const [word, row] of words) {
      const [, ...means] = typeof row === 'string' ? [undefined, row] : row
      const keys = means.flatMap(one => one.split('|'))
      expect({ word, lost: keys.filter(key => !known.includes(key)) }).toEqual({ word, lost: [] })
      expect({ word, same: known.filter(key => isSameWord(key, word)) }).toEqual({ word, same: [] })
    }
  })
})

const links = (...entries: string[]) => `${HEAD}network: {links: [${entries.join(', ')}]}\n`
/** What is wrong with an entry, as places and hints. */
const hintsOf = (...entries: string[]) =>
  diagnosticsOf(links(...entries)).map(({ path, hint }) => [path.slice(3).join('.'), hint])

describe('a key of another tool gets the key that says the same in its place', () => {
  test.each([
    ['{name: eth5, dhcpv6: yes}', 'dhcpv6', 'dhcp6'],
    ['{name: eth5, accept-ra: yes}', 'accept-ra', 'slaac'],
    ['{name: eth5, dhcp4: true, dhcp4-overrides: {use-dns: false}}', 'dhcp4-overrides', 'dhcp4Overrides'],
    ...[
      ['use-dns: false', 'useDNS'],
      ['UseDNS: false', 'useDNS'],
      ['use_ntp: false', 'useNTP'],
      ['UseMTU: false', 'useMTU'],
      ['SendHostname: false', 'sendHostname'],
      ['route-metric: 7', 'routeMetric'],
      ['metric: 7', 'routeMetric'],
      ['ClientIdentifier: duid', 'clientID'],
      ['dhcp-identifier: mac', 'clientID'],
      ['VendorClassIdentifier: keel', 'vendorClass'],
      ['SendDecline: true', 'probe'],
      ['usDNS: false', 'useDNS'],
    ].map(([given = '', key]) => [
      `{name: eth5, dhcp4: true, dhcp4Overrides: {${given}}}`,
      `dhcp4Overrides.${given.replace(/:.*/, '')}`,
      key,
    ]),
    ['{name: eth5, IPv6AcceptRA: true}', 'IPv6AcceptRA', 'slaac'],
    ['{interface: eth5, dhcp4: true}', 'interface', 'name'],
    ['{deviceSelector: {driver: e1000e}, dhcp4: true}', 'deviceSelector', 'match'],
    ['{name: eth5, dhcp4: true, MTUBytes: 1400}', 'MTUBytes', 'mtu'],
    ['{name: eth5, dhcp4: true, DNS: [192.0.2.3]}', 'DNS', 'nameservers'],
    ['{name: eth5, dhcp4: true, Domains: [a.example]}', 'Domains', 'searchDomains'],
    ['{name: eth5, addresses: [192.0.2.5/24], routing-policy: []}', 'routing-policy', 'rules'],
    [
      '{name: eth5, addresses: [192.0.2.5/24], routes: [{to: 10.0.0.0/8, gateway: 192.0.2.1}]}',
      'routes.0.to',
      'destination',
    ],
    ['{name: eth5, addresses: [192.0.2.5/24], routes: [{via: 192.0.2.1}]}', 'routes.0.via', 'gateway'],
    [
      '{name: eth5, addresses: [192.0.2.5/24], routes: [{network: 10.0.0.0/8, gateway: 192.0.2.1}]}',
      'routes.0.network',
      'destination',
    ],
    ['{match: {macaddress: "52:54:00:00:00:05"}, dhcp4: true}', 'match.macaddress', 'mac'],
    ['{match: {busPath: "0000:05:00.0"}, dhcp4: true}', 'match.busPath', 'path'],
    [
      '{name: v5, vlan: {vlanId: 5, link: eth5}, dhcp4: true}, {name: eth5, dhcp4: true}',
      'vlan.vlanId',
      'id',
    ],
    [
      '{name: v5, vlan: {id: 5, raw-device: eth5}, dhcp4: true}, {name: eth5, dhcp4: true}',
      'vlan.raw-device',
      'link',
    ],
    [
      '{name: b5, bridge: {members: [{name: eth5}], stp: true, fd: 4s}, dhcp4: true}',
      'bridge.fd',
      'forwardDelay',
    ],
    ...[
      ['miimon', 'miiMonitorInterval'],
      ['xmit_hash_policy', 'transmitHashPolicy'],
      ['all-slaves-active', 'allMembersActive'],
      ['LACPTransmitRate', 'lacpRate'],
      ['arp_ip_target', 'arpIPTargets'],
      ['num_grat_arp', 'gratuitousARP'],
    ].map(([key, same]) => [
      `{name: b5, bond: {mode: 802.3ad, members: [{name: eth5}], ${key}: 1}, dhcp4: true}`,
      `bond.${key}`,
      same,
    ]),
  ])('%s', (entry, path, key) => {
    expect(hintsOf(entry ?? '')).toEqual([[path, `did you mean \`${key}\`?`]])
  })
})

test('what goes elsewhere, or is not there, is a sentence', () => {
  const hintOf = (entry: string) => hintsOf(entry).map(([, hint]) => hint)
  expect(hintOf('{name: eth5, addresses: [192.0.2.5], netmask: 255.255.255.0}')[1]).toBe(
    'the length of the prefix follows the address, as in addresses: [192.0.2.10/24]',
  )
  expect(hintOf('{name: eth5, gateway4: 192.0.2.1}')).toEqual([
    'a gateway is a route: write routes: [{gateway: 192.0.2.1}]',
  ])
  expect(hintOf('{name: eth5, dhcp4: true, optional: true}')).toEqual([
    'the boot waits for every interface that has an entry, and fails without it; of the members of a bond or a bridge one is enough',
  ])
})

test('a key about a lease is shown the way into its map', () => {
  const hintOf = (rest: string) => hintsOf(`{name: eth5, dhcp4: true, ${rest}}`).map(([, hint]) => hint)
  expect(hintOf('dhcp-identifier: mac')).toEqual(['write dhcp4Overrides: {clientID: mac}, or duid'])
  expect(hintOf('VendorClassIdentifier: a')).toEqual(['write dhcp4Overrides: {vendorClass: keel}'])
  expect(hintOf('SendDecline: yes')).toEqual(['write dhcp4Overrides: {probe: true}'])
  expect(hintOf('UseDNS: no')).toEqual(['`useDNS` is a key of `dhcp4Overrides`'])
  expect(hintOf('route-metric: 7')).toEqual([
    'of the routes of a lease it is in dhcp4Overrides: {routeMetric: 100}, and of others in routes: [{gateway: 192.0.2.1, metric: 100}]',
  ])
  expect(hintOf('dhcp4Overrides: {UserClass: a}')).toEqual(['there is no key for this option of DHCP'])
  expect(hintOf('dhcp4Overrides: {hostname: a}')).toEqual([
    'the name that the server gets is that of the node: see `hostname`',
  ])
  expect(hintsOf('{name: eth5, dhcp4: {use-dns: false}}')).toEqual([
    ['dhcp4', 'write dhcp4: true, and dhcp4Overrides: {useDNS: false}'],
  ])
})

test('a key that belongs into a map next to it, or out of its map, is shown the way', () => {
  expect(hintsOf('{name: bond5, kind: bond, mode: 802.3ad, members: [{name: eth5}], dhcp4: true}')).toEqual([
    [
      'kind',
      'an entry with `bond`, `vlan`, `bridge`, `dummy` or `wireguard` is made by the node, as in vlan: {id: 40, link: eth0}; without one it is an interface of the machine',
    ],
    ['mode', '`mode` is a key of `bond`'],
    ['members', '`members` is a key of `bond` or `bridge`'],
  ])
  expect(
    hintsOf('{name: bond5, bond: {mode: 802.3ad, mtu: 9000, members: [{name: eth5}]}, dhcp4: true}'),
  ).toEqual([['bond.mtu', '`mtu` belongs next to `bond`, and not into it']])
  expect(hintsOf('{name: eth5, dhcp4: true, metric: 7}')).toEqual([
    ['metric', '`metric` is a key of an item of `routes`'],
  ])
})

test('a value in the form of another tool gets the form that it has here', () => {
  expect(
    hintsOf('{name: br5, bridge: {members: [eth5, "52:54:00:00:00:05", "0000:05:00.1"]}, dhcp4: true}'),
  ).toEqual([
    ['bridge.members.0', 'write `{name: eth5}`'],
    ['bridge.members.1', 'write `{mac: "52:54:00:00:00:05"}`'],
    ['bridge.members.2', 'write `{path: "0000:05:00.1"}`'],
  ])
  expect(hintsOf('{name: eth5, dhcp4: true, nameservers: {addresses: [192.0.2.3]}}')).toEqual([
    ['nameservers', 'write nameservers: [192.0.2.53], and searchDomains: [example.org]'],
  ])
  expect(diagnosticsOf(`${HEAD}network: {links: {eth5: {dhcp4: true}}}\n`).map(({ hint }) => hint)).toEqual([
    'each link is an item of a list, with its name, as in - name: eth0',
  ])
})

test('a firewall of ufw, firewalld, nftables or Talos is shown the words of this one', () => {
  const hintOf = (text: string) => {
    const config = `${HEAD}network: {links: [{name: eth5, dhcp4: true}], ${text}}\n`
    return diagnosticsOf(config).map(({ path, hint }) => [path.slice(1).join('.'), hint])
  }
  const inside = (text: string) => hintOf(`firewall: {links: [eth5], ${text}}`)
  const entry = (text: string) => inside(`allow: [{${text}}]`)
  expect(hintOf('ufw: {}')).toEqual([['ufw', 'did you mean `firewall`?']])
  expect(hintOf('firewall: true')).toEqual([
    ['firewall', 'write firewall: {links: [eth0]}, with the names of the links that are closed'],
  ])
  expect(inside('rules: []')).toEqual([['firewall.rules', 'did you mean `allow`?']])
  expect(inside('default-policy: drop')).toEqual([
    ['firewall.default-policy', 'what nothing allows is dropped: remove it'],
  ])
  expect(inside('allow: [443/tcp, 22, kubelet]')).toEqual([
    ['firewall.allow.0', 'write `{protocol: tcp, ports: [443]}`'],
    ['firewall.allow.1', 'write `{protocol: tcp, ports: [22]}`'],
    ['firewall.allow.2', 'write `{preset: kubelet}`'],
  ])
  expect(entry('protocol: tcp, portSelector: [443]')).toEqual([
    ['firewall.allow.0.portSelector', 'did you mean `ports`?'],
  ])
  expect(entry('proto: tcp, dport: 443, saddr: 10.0.0.0/8')).toEqual([
    ['firewall.allow.0.proto', 'did you mean `protocol`?'],
    ['firewall.allow.0.dport', 'did you mean `ports`?'],
    ['firewall.allow.0.saddr', 'did you mean `from`?'],
  ])
  expect(entry('preset: api, action: accept')).toEqual([
    ['firewall.allow.0.action', 'every entry allows: remove it'],
  ])
})

describe('one fault is one problem', () => {
  test.each([
    [
      '{name: bond5, bond: {interfaces: [eth5], parameters: {mode: 802.3ad}}, dhcp4: true}, {name: eth5}',
      ['bond.interfaces', 'bond.parameters'],
    ],
    [
      '{name: bond5, bond: {members: [{name: eth5}], parameters: {mode: 802.3ad}}, dhcp4: true}',
      ['bond.parameters'],
    ],
    ['{name: br5, type: bridge, bridge: {members: []}, dhcp4: true}', ['type', 'bridge.members']],
    ['{name: eth5, kind: physical}', ['kind']],
    [
      '{name: v5, vlan: {vlanId: 5, device: eth5}, dhcp4: true}, {name: eth5}',
      ['vlan.vlanId', 'vlan.device'],
    ],
    [
      '{name: eth5, addresses: [192.0.2.5/24], routes: [{to: default, via: 192.0.2.1}]}',
      ['routes.0.to', 'routes.0.via'],
    ],
    ['{interface: eth5, dhcp4: true}', ['interface']],
    ['{name: eth5, dhcpv6: true}', ['dhcpv6']],
    ['{name: eth5, dhcp: true, dhcp4Overrides: {useDNS: false}}', ['dhcp']],
    ['{name: eth5, dhcp4: 1, dhcp4Overrides: {useDNS: false}}', ['dhcp4']],
    ['{name: eth5, dhcp4: true, dhcp4Overrides: {vendorClass: ""}}', ['dhcp4Overrides.vendorClass']],
    [
      '{name: b5, bridge: {members: [{name: eth5}]}}, {name: eth5, dhcp4Overrides: {probe: true}}',
      ['dhcp4Overrides'],
    ],
    [
      '{name: bond5, bond: {mode: 802.3ad, members: [{name: eth5}], arpAllTargets: all}, dhcp4: true}',
      ['bond.arpAllTargets'],
    ],
    [
      '{name: bond5, bond: {mode: balance-rr, members: [{name: eth5}], arpIPTargets: [192.0.2.1], arpValidate: all}, dhcp4: true}',
      ['bond.arpIPTargets'],
    ],
    [
      '{name: bond5, bond: {mode: balance-rr, members: [{name: eth5}], primary: eth6, learnPacketInterval: 1ms}, dhcp4: true}',
      ['bond.primary', 'bond.learnPacketInterval'],
    ],
    ['{name: br5, bridge: {members: [{name: eth5}], helloTime: 11s}, dhcp4: true}', ['bridge.helloTime']],
  ])('%s', (entry, wanted) => expect(hintsOf(entry).map(([path]) => path)).toEqual(wanted))

  test.each([
    '{name: eth5, dhcp4: true, dhcp4: false}',
    '{name: eth5, name: eth6, dhcp4: true}, {name: v5, vlan: {id: 5, link: eth5}, dhcp4: true}',
    '{name: br5, bridge: {members: [{name: eth5}], members: [{name: eth6}]}, dhcp4: true}, {name: eth5}',
  ])('a key that is there twice: %s', entry =>
    expect(problemsOf(links(entry))).toEqual(['yaml-duplicate-key']),
  )

  test('a map that is there twice hides what it seems to lack, and not what is wrong in it', () => {
    const text = `${HEAD}kernel: {modules: [a]}\nnetwork: {links: [{name: eth5, dhcp4: true}]}\nnetwork: {links: [{name: v5, vlan: {id: 5000}}]}\n`
    expect(problemsOf(text)).toEqual([
      'yaml-duplicate-key',
      'schema-missing-key $.network.links[0].vlan',
      'schema-limit $.network.links[0].vlan.id',
    ])
  })
})

describe('the link of a VLAN', () => {
  const vlan = (link: string, ...others: string[]) =>
    hintsOf(`{name: v5, vlan: {id: 5, link: ${link}}, dhcp4: true}`, ...others)

  test('is one that is found by its own name', () => {
    expect(vlan('eth5', '{match: {name: eth5}}')).toEqual([])
  })

  test('has the name that its entry gives it', () => {
    expect(vlan('eth5', '{name: wan, match: {name: eth5}}')).toEqual([['vlan.link', 'write link: wan']])
  })

  test('is nearly the name of another, and a number is never a typo', () => {
    const bond = '{name: bond5, bond: {mode: 802.3ad, members: [{name: eth5}]}}'
    expect(vlan('bnod5', bond)).toEqual([['vlan.link', 'did you mean `bond5`?']])
    expect(vlan('bond6', bond)).toEqual([
      ['vlan.link', 'add {name: bond6, bond: {…}} to network.links; links are `bond5`'],
    ])
  })

  test('is not the loopback interface, which cannot be a member either', () => {
    expect(vlan('lo')).toEqual([['vlan.link', 'write the link whose packets have the tag, for example eth0']])
    expect(hintsOf('{name: br5, bridge: {members: [{name: lo}]}, dhcp4: true}')).toEqual([
      ['bridge.members.0.name', 'list interfaces of the machine, for example {name: eth0}'],
    ])
  })
})

test('names that differ in case are two names, as for the kernel', () => {
  expect(
    problemsOf(
      links('{name: lan5, match: {mac: "52:54:00:00:00:05"}, dhcp4: true}', '{name: LAN5, dhcp4: true}'),
    ),
  ).toEqual([])
})

describe('a tunnel in the words of netplan, systemd-networkd and wg-quick', () => {
  const PUBLIC = 'AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM='
  const tunnel = (keys: string, peer = '', link = '') =>
    hintsOf(
      `{name: wg5, addresses: [10.9.0.1/24]${link}, wireguard: {listenPort: 1, privateKey: ${PUBLIC}${keys}, peers: [{publicKey: ${PUBLIC}, allowedIPs: [10.9.0.0/24]${peer}}]}}`,
    )

  test('a tunnel of what is right has no problem', () => expect(tunnel('')).toEqual([]))

  test.each([
    ['FirewallMark', 'mark'],
    ['fwmark', 'mark'],
    ['WireGuardPeer', 'peers'],
    ['port', 'listenPort'],
  ])('%s', (word, key) => {
    expect(tunnel(`, ${word}: 7`)).toEqual([[`wireguard.${word}`, `did you mean \`${key}\`?`]])
  })

  test.each([
    ['keepalive', 'persistentKeepalive'],
    ['PresharedKeyFile', undefined],
    ['psk', 'presharedKey'],
    ['allowed-ips', 'allowedIPs'],
    ['RouteTable', undefined],
    ['port', undefined],
  ])('%s of a peer', (word, key) => {
    const [found] = tunnel('', `, ${word}: 7`)
    expect(found?.[0]).toBe(`wireguard.peers.0.${word}`)
    if (key !== undefined) expect(found?.[1]).toBe(`did you mean \`${key}\`?`)
    else expect(found?.[1]).toMatch(/^(a key stands|allowed IPs make no routes|the port follows)/)
  })

  test('options next to the tunnel belong into it, and its addresses next to it', () => {
    expect(tunnel('', '', ', ListenPort: 7')).toEqual([
      ['ListenPort', '`listenPort` is a key of `wireguard`'],
    ])
    expect(tunnel('', '', ', fwmark: 7')[0]?.[1]).toMatch(/^a tunnel has its options in `wireguard`/)
    expect(tunnel(', Address: 10.9.0.1/24')[0]?.[1]).toMatch(/^addresses stand next to `wireguard`/)
    expect(tunnel(', PostUp: iptables')[0]?.[1]).toMatch(/^a node has no shell/)
  })

  test('values in other forms are shown theirs', () => {
    expect(tunnel('', ', persistentKeepalive: 25')).toEqual([
      ['wireguard.peers.0.persistentKeepalive', 'write persistentKeepalive: 25s'],
    ])
    expect(tunnel('', ', endpoint: {host: a, port: 1}')).toEqual([
      ['wireguard.peers.0.endpoint', 'write endpoint: 192.0.2.1:51820'],
    ])
  })
})
