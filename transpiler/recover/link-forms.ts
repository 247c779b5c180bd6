/** Values of `network` in a form that other tools or people have for them, and how they are written here. */
import type { Path } from '../path.ts'
import { ipOf, prefixOf } from '../rules/ip.ts'
import { kindOf } from './kinds.ts'

type Form = (value: unknown) => string | undefined

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i
const PCI = /^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/i
const LINK_NAME = /^\w[\w.-]{0,14}$/

const write = (form: string) => `write ${form}`

/** One fact of an interface, as the text itself tells it. */
const fact: Form = value => {
  if (typeof value !== 'string') return undefined
  if (MAC.test(value)) return write(`\`{mac: "${value}"}\``)
  if (PCI.test(value)) return write(`\`{path: "${value}"}\``)
  return LINK_NAME.test(value) ? write(`\`{name: ${value}}\``) : undefined
}

const route: Form = value => {
  if (typeof value !== 'string') return undefined
  if (ipOf(value) !== undefined) return write(`\`{gateway: "${value}"}\``)
  return prefixOf(value) === undefined ? undefined : write(`\`{destination: "${value}"}\``)
}

/** The same words for every value of these kinds. */
const always =
  (kinds: readonly string[], words: string): Form =>
  value =>
    kinds.includes(kindOf(value)) ? words : undefined

const servers = always(['a map'], write('nameservers: [192.0.2.53], and searchDomains: [example.org]'))
const hosts = always(
  ['a map', 'a string'],
  write('hosts: [{address: 192.0.2.77, names: [registry.example.org]}]'),
)
const members = (kind: string) =>
  always(
    ['a string', 'a list'],
    `a member is named at the link that it belongs to: ${kind}members: [{name: eth0}]}`,
  )

/** A preset, or ports as ufw, firewalld and Kubernetes write them. */
const allowed: Form = value => {
  const [, ports, protocol = 'tcp'] = /^(\d+(?:-\d+)?)(?:\/(tcp|udp|sctp))?$/i.exec(String(value)) ?? []
  if (ports !== undefined) return write(`\`{protocol: ${protocol.toLowerCase()}, ports: [${ports}]}\``)
  return typeof value === 'string' && /^[a-z-]+$/.test(value) ? write(`\`{preset: ${value}}\``) : undefined
}

const protocol: Form = value =>
  /^(ip(v6)?-?)?(icmp(v?6)?|igmp)$/i.test(String(value)) ? 'it always comes in: remove the entry' : undefined

/** By the keys that lead to the place; `*` is any item of a list. */
const FORMS: Readonly<Record<string, Form>> = {
  'network.firewall': always(
    ['true or false', 'a string', 'a list'],
    write('firewall: {links: [eth0]}, with the names of the links that are closed'),
  ),
  'network.firewall.allow.*': allowed,
  'network.firewall.allow.*.protocol': protocol,
  'network.hosts': hosts,
  'network.hosts.*': hosts,
  'network.links': always(['a map'], 'each link is an item of a list, with its name, as in - name: eth0'),
  'network.links.*': fact,
  'network.links.*.bond': members('bond: {mode: 802.3ad, '),
  'network.links.*.bond.members.*': fact,
  'network.links.*.bridge': members('bridge: {'),
  'network.links.*.bridge.members.*': fact,
  'network.links.*.dhcp4': always(['a map'], write('dhcp4: true, and dhcp4Overrides: {useDNS: false}')),
  'network.links.*.dummy': always(['true or false', 'a string'], write('dummy: {}')),
  'network.links.*.match': fact,
  'network.links.*.nameservers': servers,
  'network.links.*.routes.*': route,
  'network.links.*.vlan': always(
    ['an integer', 'a string', 'a list'],
    'a VLAN is an entry of its own: {name: eth0.40, vlan: {id: 40, link: eth0}}',
  ),
  'network.links.*.wireguard.peers': always(
    ['a map'],
    'each peer is an item of a list, as in - {publicKey: …, allowedIPs: [10.9.0.0/24]}',
  ),
  'network.links.*.wireguard.peers.*.allowedIPs': always(['a string'], write('allowedIPs: [10.9.0.0/24]')),
  'network.links.*.wireguard.peers.*.endpoint': always(['a map'], write('endpoint: 192.0.2.1:51820')),
  'network.links.*.wireguard.peers.*.persistentKeepalive': always(
    ['an integer'],
    write('persistentKeepalive: 25s'),
  ),
  'network.nameservers': servers,
}

/** How a value is written here that has another form there; undefined: nothing is known. */
export function otherForm(at: Path, value: unknown): string | undefined {
  return FORMS[at.map(step => (typeof step === 'number' ? '*' : step)).join('.')]?.(value)
}
