/** network: what can be wrong. */
import { choice, code, type Doubt, either, error, list, meant, warning, write } from '../../diag/define.ts'
import { FIREWALL_CODES } from './firewall-codes.ts'

const OUTSIDE = 'check the prefix length of the address, or write onLink: true if the router is on the link'

/** Links, each before what it is made of. */
const chain = (links: readonly string[]) => links.map(code).join(' → ')

export const NETWORK_CODES = {
  ...FIREWALL_CODES,
  'network-address-invalid': error<{ text: string; why: string }>(
    a => `${code(a.text)} is not an address with its prefix length: ${a.why}`,
    () => 'write for example 192.0.2.10/24 or 2001:db8::10/64',
  ),
  'network-address-unusable': error<{ address: string; why: string }>(
    a => `${code(a.address)} cannot be the address of an interface: ${a.why}`,
  ),
  'network-all-static': error<{ address: string }>(
    a => `the address ${code(a.address)} cannot be given to all interfaces`,
    () => 'select one interface by its name or its MAC address',
  ),
  'network-all-named': error<{ name: string }>(
    a => `all interfaces cannot have the name ${code(a.name)}`,
    () => 'remove the name, or select one interface',
  ),
  'network-all-twice': error(() => 'another entry already has `all: true`'),
  'network-all-with-facts': error<{ given: readonly string[] }>(
    a => `\`all: true\` means every interface, and ${list(a.given)} means some`,
    () => 'keep one of them',
  ),
  'network-bond-arp-mode': error<{ mode: string }>(
    a => `a bond with mode ${code(a.mode)} cannot ask ARP targets`,
    () => 'use miiMonitorInterval, or another mode',
  ),
  'network-bond-arp-incomplete': error<{ given: readonly string[]; lacks: string }>(
    a => `${list(a.given)} ${a.given.length === 1 ? 'has' : 'have'} no effect without ${code(a.lacks)}`,
  ),
  'network-bond-delay': error<{ key: string; value: string; interval: string }>(
    a =>
      `${code(a.key)} of ${code(a.value)} is not a multiple of \`miiMonitorInterval\`, ${code(a.interval)}`,
    () => 'the kernel counts in its intervals: write a multiple',
  ),
  'network-bond-delay-no-monitor': error<{ key: string; hasArp: boolean }>(
    a => `${code(a.key)} needs \`miiMonitorInterval\``,
    a =>
      a.hasArp
        ? 'remove it: it has no meaning for answers of ARP targets'
        : 'set miiMonitorInterval: 100ms, or remove it',
    'A delay counts looks at the carrier, so the kernel refuses one for a bond that does not look at carriers.',
  ),
  'network-bond-member-mtu': error<{ name: string; of: string; hasMtu: boolean }>(
    a => `${code(a.name)} is a member of ${code(a.of)}, which gives it its own MTU`,
    a => (a.hasMtu ? `remove it: ${code(a.of)} has one` : `move it to ${code(a.of)}`),
    'A bond sets its MTU on each member that joins, and again when it changes.',
  ),
  'network-bond-nested': error<{ name: string; bond: string }>(
    a =>
      a.name === a.bond
        ? `the bond ${code(a.name)} cannot be a member of another bond`
        : `${code(a.name)} is made of the bond ${code(a.bond)}, so it cannot be a member of another bond`,
    () => 'Keel makes no bond of bonds: list the interfaces themselves',
    'A bond has a carrier for as long as any of its members has one, so the outer bond would not notice when members of the inner one fail.',
  ),
  'network-bond-no-monitor': warning(
    () => 'the bond does not notice when a member fails',
    () => 'set miiMonitorInterval: 100ms',
    'Without miiMonitorInterval and without ARP targets a bond goes on sending over a member without a carrier.',
  ),
  'network-bond-option-mode': error<{ key: string; mode: string; modes: readonly string[] }>(
    a => `${code(a.key)} has no effect with mode ${code(a.mode)}: it belongs to ${either(a.modes.map(code))}`,
    () => 'remove it, or change the mode',
  ),
  'network-bond-primary-unknown': error<{ name: string; members: readonly string[] }>(
    a => `no member has the name ${code(a.name)}`,
    a => (a.members.length === 0 ? 'select the member by its name' : `members are ${list(a.members)}`),
  ),
  'network-bond-two-monitors': error(
    () => '`miiMonitorInterval` and `arpInterval` exclude each other',
    () => 'keep one of them',
  ),
  'network-bridge-nested': error<{ name: string }>(
    a => `the bridge ${code(a.name)} cannot be a member of another bridge`,
    () => 'the kernel allows no bridge in a bridge: list the interfaces themselves',
  ),
  'network-bridge-stp-unused': error<{ key: string }>(
    a => `${code(a.key)} has no effect without \`stp: true\``,
    () => 'remove it, or set stp: true',
  ),
  'network-dhcp-gateway': error<{ gateway: string; hasRoutes: boolean }>(
    a => `the gateway ${code(a.gateway)} is in no network of this interface that is known before DHCP`,
    a => (a.hasRoutes ? 'routes come by DHCP: remove it, or write onLink: true' : 'write onLink: true'),
  ),
  'network-dummy-dynamic': error<{ key: string }>(
    a => `nobody answers ${code(a.key)} on a dummy interface`,
    () => 'give it addresses',
  ),
  'network-duplicate': error<{ field: string; value: string }>(
    a => `the ${a.field} ${code(a.value)} is already used by another interface`,
  ),
  'network-duplicate-address': error<{ address: string }>(
    a => `the address ${code(a.address)} is listed twice`,
  ),
  'network-duplicate-nameserver': error<{ address: string }>(
    a => `the name server ${code(a.address)} is listed twice`,
  ),
  'network-duplicate-route': error<{ destination: string }>(
    a => `another route to ${code(a.destination)} has the same table and metric`,
    () => 'give one of them another metric, or remove it',
    'The kernel keeps one of them. A route of IPv6 without a metric, or with 0, has 1024.',
  ),
  'network-duplicate-rule': error(() => 'another rule says the same'),
  'network-duplicate-search-domain': error<{ name: string }>(
    a => `the search domain ${code(a.name)} is listed twice`,
  ),
  'network-gateway-is-self': error<{ gateway: string }>(
    a => `the gateway ${code(a.gateway)} is an address of the interface itself`,
  ),
  'network-gateway-outside': error<{ gateway: string; networks: readonly string[] }>(
    a => `the gateway ${code(a.gateway)} is outside the interface's ${list(a.networks)}`,
    () => OUTSIDE,
  ),
  'network-gateway-unusable': error<{ gateway: string; why: string }>(
    a => `${code(a.gateway)} cannot be a gateway: ${a.why}`,
  ),
  'network-host-invalid': error<{ address: string }>(
    a => `${code(a.address)} is not an IP address`,
    () => 'write for example 192.0.2.1 or 2001:db8::1',
  ),
  'network-hosts-duplicate': error<{ name: string; address: string }>(
    a => `the name ${code(a.name)} already has the address ${code(a.address)}`,
    () => 'a program takes the first one: keep one of them',
  ),
  'network-hosts-own-name': error<{ name: string }>(
    a => `the name ${code(a.name)} always means the node itself`,
    () => 'remove it',
  ),
  'network-hosts-unused': error(
    () => 'these names are not written, because the config has its own /etc/hosts',
    () => 'write them into that file, or remove it from storage',
  ),
  'network-interface-kind-missing': warning<{ name: string; kind: string; key: string | undefined }>(
    a => `${code(a.name)} is usually the name of ${a.kind}, and this entry means an interface of the machine`,
    a => (a.key === undefined ? undefined : `add ${a.key}: if it is to be made`),
    'A node makes the bonds, VLANs, bridges and dummy interfaces that the config describes, and waits for every other interface to appear.',
  ),
  'network-interface-no-address': warning(
    () => 'this interface gets no address, and nothing else in the config uses it',
    () => 'set addresses, dhcp4, dhcp6 or slaac, or remove the entry',
  ),
  'network-interface-renamed': error<{ name: string }>(
    a => `no interface is called ${code(a.name)}: that is a name given by udev, which a node does not have`,
    () =>
      'use the name that the kernel gives, such as eth0, or find the interface with match, by its mac or its path',
    'udev renames interfaces by slot or address (enp1s0, eno1). A node has no udev, so the names of the kernel stay: eth0, eth1. Their order may change with the hardware; the MAC address does not. An interface that is found with match gets the name of its entry.',
  ),
  'network-interface-no-selector': error(
    () => 'interface needs one of `name`, `match`',
    () => 'set its name, or find it with match',
  ),
  'network-ip-invalid': error<{ text: string; what: string }>(
    a => `${code(a.text)} is not ${a.what}`,
    () => 'write for example 192.0.2.1 or 2001:db8::1',
  ),
  'network-link-cycle': error<{ links: readonly string[]; kinds: readonly string[] }>(
    a => `links cannot be made of each other: ${chain(a.links)}`,
    a => {
      if (a.kinds.every(kind => kind === 'vlan')) return 'put one of them on another link'
      const isMixed = a.kinds.includes('vlan')
      return `remove one of these members${isMixed ? ', or put the VLAN on another link' : ''}`
    },
  ),
  'network-link-depth': error<{ links: readonly string[]; most: number }>(
    a => `more than ${a.most} links are made of each other: ${chain(a.links)}`,
    () => 'make it of a link further down',
    'The kernel nests at most 8 interfaces, of which one of the machine is the first.',
  ),
  'network-link-kinds': error<{ given: readonly string[]; kinds: readonly string[] }>(
    a => choice('interface', a.given, a.kinds),
    () => 'keep one of them',
  ),
  'network-link-no-name': error<{ kind: string }>(
    a => `a ${a.kind} needs a name`,
    a => `write for example name: ${a.kind}0`,
  ),
  'network-loopback': error<{ as: 'entry' | 'member' | 'below a VLAN' | 'outside' }>(
    a => {
      if (a.as === 'member') return 'the loopback interface cannot be a member of another link'
      if (a.as === 'below a VLAN') return 'a VLAN cannot be on the loopback interface'
      if (a.as === 'outside') return 'nothing from outside comes in by the loopback interface'
      return 'the loopback interface cannot be configured: it is always up and has its address'
    },
    a => {
      if (a.as === 'member') return 'list interfaces of the machine, for example {name: eth0}'
      if (a.as === 'below a VLAN') return 'write the link whose packets have the tag, for example eth0'
      if (a.as === 'outside') return 'write a link to the outside, for example eth0'
      return 'remove this entry; for another address of the node itself make a dummy interface'
    },
  ),
  'network-mac-unusable': error<{ mac: string }>(
    a => `${code(a.mac)} is not the MAC address of a single interface`,
  ),
  'network-match-twice': error<{ driver: string }>(
    a => `another entry already means an interface with the driver ${code(a.driver)}`,
    () => 'an interface has one entry: add to both a fact that tells them apart, or remove one of them',
    'An entry whose match says only a driver means every interface that has it.',
  ),
  'network-member-addressed': error<{ name: string; of: string; keys: readonly string[] }>(
    a => `${code(a.name)} is a member of ${code(a.of)}, so ${list(a.keys)} would have no effect here`,
    a => `move ${a.keys.length === 1 ? 'it' : 'them'} to ${code(a.of)}`,
  ),
  'network-member-self': error<{ name: string }>(a => `${code(a.name)} cannot be a member of itself`),
  'network-member-twice': error<{ what: string; of: string }>(
    a => `${code(a.what)} is already a member of ${code(a.of)}`,
    () => 'an interface is a member of one link only',
  ),
  'network-members-none': error<{ kind: string }>(
    a => `a ${a.kind} without members sends nothing`,
    () => 'list its interfaces in members',
  ),
  'network-mtu-ipv6': error<{ mtu: number }>(
    a => `an MTU of ${a.mtu} is too small for IPv6, which needs 1280`,
    () => 'write mtu: 1280 or more, or remove the IPv6 addresses',
  ),
  'network-mtu-above': error<{ mtu: number; link: string; limit: number; isGiven: boolean }>(
    a =>
      `an MTU of ${a.mtu} is more than that of ${code(a.link)}, ${a.isGiven ? a.limit : `which is ${a.limit} without \`mtu\``}`,
    a => `give ${code(a.link)} at least this MTU`,
    'The kernel refuses a VLAN with an MTU above that of the link that it is on, and a bridge drops what is too large for a member.',
  ),
  'network-mtu-unsure': warning<{ mtu: number; link: string; usual: number; isDescribed: boolean }>(
    a => `an MTU of ${a.mtu} is more than that of ${code(a.link)}, which most drivers set to ${a.usual}`,
    a =>
      a.isDescribed
        ? `give ${code(a.link)} an mtu of ${a.mtu}`
        : `add an entry for ${code(a.link)} with mtu: ${a.mtu}`,
    'The kernel refuses a VLAN with an MTU above that of the link that it is on, and the boot fails; a bridge drops what is too large for a member. An MTU by DHCP comes later.',
  ),
  'network-metric-twice': warning<{ metric: number }>(
    a => `another link has the routeMetric ${a.metric}, too`,
    () => 'give each link its own metric: the lower one wins',
    'Of two routes with one destination and metric the kernel keeps one, so the default route is that of the lease that came last.',
  ),
  'network-metric-unused': warning(
    () => '`routeMetric` has no effect with `useRoutes: false`',
    () => 'remove one of them',
    'The metric is that of the routes of the lease (options 3 and 121), and none of them is used.',
  ),
  'network-name-reserved': error<{ name: string }>(
    a => `the kernel gives no interface the name ${code(a.name)}`,
    a => (a.name === 'all' ? 'for every interface write match: {all: true}' : 'use another name'),
    'In /proc/sys/net the kernel has settings of all interfaces, under the names all and default, next to those of each. In /sys/class/net the list of bonds is a file next to the interfaces.',
  ),
  'network-nameserver-unreachable': warning<Doubt>(
    a => `the name server ${a.what} may be unreachable: ${a.why}`,
    a => a.hint,
  ),
  'network-nameserver-unusable': error<{ address: string; why: string }>(
    a => `${code(a.address)} cannot be a name server: ${a.why}`,
    () =>
      'use the address of a DNS server of your network; without nameservers those of the DHCP lease are used',
    'On a workstation 127.0.0.53 is systemd-resolved. A node has no resolver of its own, and pods would query themselves.',
  ),
  'network-nameservers-many': error<{ count: number }>(
    a => `there are ${a.count} name servers in all, and programs ask at most three`,
    () => 'keep three',
  ),
  'network-overlap': warning<{ address: string; other: string }>(
    a =>
      `the networks of ${code(a.address)} and ${code(a.other)} overlap, so some addresses are reached over only one of them`,
  ),
  'network-overrides-unused': error(
    () => '`dhcp4Overrides` has no effect without `dhcp4: true`',
    () => 'remove it, or set dhcp4: true',
  ),
  'network-prefix-host-bits': error<{ prefix: string; network: string }>(
    a => `${code(a.prefix)} is an address and not a network`,
    a => `write ${code(a.network)}`,
  ),
  'network-prefix-invalid': error<{ text: string; why: string }>(
    a => `${code(a.text)} is not a network: ${a.why}`,
    () => 'write for example 10.0.0.0/8 or 2001:db8::/32',
  ),
  'network-route-connected': error<{ destination: string; address: string }>(
    a =>
      `the address ${code(a.address)} already makes a route to ${code(a.destination)} with this table and metric`,
    () => 'leave it out, or give it another metric',
    'The kernel makes a route to the network of each address, of metric 0 for IPv4 and 256 for IPv6. Of two routes with the same destination, table and metric it keeps one, even if they are over two interfaces.',
  ),
  'network-route-empty': error(
    () => 'route needs one of `destination`, `gateway`',
    () => 'write for example {destination: 10.0.0.0/8, gateway: 192.0.2.1}',
  ),
  'network-route-families': error<{ first: string; second: string }>(
    a => `${code(a.first)} and ${code(a.second)} are of two families`,
    () => 'a route is of IPv4 or of IPv6',
  ),
  'network-route-no-gateway': error<{ destination: string; isTunnel: boolean }>(
    a =>
      a.isTunnel
        ? `${code(a.destination)} without a gateway may be of either family`
        : `a route to ${code(a.destination)} needs a gateway`,
    a =>
      a.isTunnel
        ? 'write 0.0.0.0/0 or ::/0'
        : 'write its gateway, with onLink: true if it is in no network of this interface',
    'Without a gateway the node would ask this link for the hardware address of every machine on the internet, and few routers answer in their place.',
  ),
  'network-route-on-link': error(
    () => '`onLink` has no effect without a gateway',
    () => 'remove it',
  ),
  'network-route-source': error<{ source: string }>(
    a => `${code(a.source)} is not an address of this node`,
    () => 'add it to the addresses of a link',
  ),
  'network-routes-dynamic-only': error<{ destination: string }>(
    a => `the route to ${code(a.destination)} needs an address of its family on this interface`,
    () => 'add an address',
  ),
  'network-rule-empty': error(
    () => 'rule needs one of `from`, `to`, `mark`',
    () => 'a rule without a condition would be asked for every packet',
  ),
  'network-rule-everything': error<{ key: string; prefix: string; others: readonly string[] }>(
    a => `${code(a.prefix)} is every address, so ${code(a.key)} is no condition`,
    a =>
      a.others.length > 0
        ? 'leave it out'
        : 'remove the rule, and put the routes into the main table by leaving out their table',
  ),
  'network-rule-families': error<{ from: string; to: string }>(
    a => `${code(a.from)} and ${code(a.to)} are of two families`,
  ),
  'network-rule-table-empty': warning<{ table: number; family: number | undefined }>(
    a => `no ${a.family === undefined ? '' : `IPv${a.family} `}route of the config is in table ${a.table}`,
    () => 'give a route this table',
  ),
  'network-search-domains-many': error<{ count: number }>(
    a => `there are ${a.count} search domains in all, and programs use at most six`,
    () => 'keep six',
  ),
  'network-table-reserved': error<{ table: number }>(
    a => `table ${a.table} is the kernel's own table of local addresses`,
    () => 'use another number, for example 100',
  ),
  'network-two-gateways': error<{ family: number }>(
    a => `a second default route for IPv${a.family} has the same metric`,
    () => 'give one of them a higher metric, or remove it',
    'The kernel keeps one of them. A route of IPv6 without a metric, or with 0, has 1024.',
  ),
  'network-vendor-class': error<{ why: string }>(
    a => `the vendor class cannot be sent: ${a.why}`,
    () => 'write 1 to 255 letters, digits, spaces and signs of ASCII, for example keel',
  ),
  'network-vlan-link-unknown': error<{
    link: string
    meant: string | undefined
    isRenamed: boolean
    entry: string
    links: readonly string[]
  }>(
    a =>
      a.isRenamed
        ? `no link has the name ${code(a.link)}: that interface gets the name ${code(a.meant ?? '')}`
        : `no link has the name ${code(a.link)}`,
    a => {
      if (a.isRenamed) return `write link: ${a.meant}`
      const links = a.links.length > 0 ? `; links are ${list(a.links)}` : ''
      return meant(a.meant) ?? `add ${a.entry} to network.links${links}`
    },
  ),
  'network-vlan-link-member': warning<{ link: string; of: string }>(
    a =>
      `${code(a.link)} is a member of ${code(a.of)}, so this VLAN uses that one member only and fails with it`,
    a => `make the VLAN on ${code(a.of)}`,
  ),
  'network-vlan-self': error<{ name: string }>(
    a => `the VLAN ${code(a.name)} cannot be on itself`,
    () => 'write the link whose packets have the tag, for example eth0',
  ),
  'network-vlan-twice': error<{ id: number; link: string }>(
    a => `VLAN ${a.id} of ${code(a.link)} already has an interface`,
  ),
  'network-wireguard-allowed-twice': error<{ network: string; isSamePeer: boolean }>(
    a =>
      a.isSamePeer
        ? `${code(a.network)} is listed twice`
        : `${code(a.network)} is already an allowed IP of another peer of this link`,
    a => (a.isSamePeer ? 'remove one of them' : 'give it to one peer; a part of it may belong to another'),
    'The kernel gives a network to the last peer that has it, and silently takes it away from the others.',
  ),
  'network-wireguard-allowed-unreached': warning<{ network: string }>(
    a => `the node sends nothing to ${code(a.network)}: no address and no route of this link has it`,
    a => `add routes: [{destination: ${a.network}}]`,
    'Allowed IPs say to which peer of a link a packet goes. They make no routes, so without one the packet does not come to the link. wg-quick makes them; netplan and systemd-networkd do not unless they are asked to.',
  ),
  'network-wireguard-dynamic': error<{ key: string }>(
    a => `nobody answers ${code(a.key)} over a WireGuard link, which has no broadcast`,
    () => 'give it addresses',
  ),
  'network-wireguard-endpoint': error<{ endpoint: string; why: string; better: string | undefined }>(
    a => `${code(a.endpoint)} cannot be the endpoint of a peer: ${a.why}`,
    a => write(a.better) ?? 'write its address or name and its UDP port, for example 192.0.2.1:51820',
  ),
  'network-wireguard-endpoint-inside': warning<{ endpoint: string; route: string }>(
    a =>
      `packets to the endpoint ${code(a.endpoint)} go into the tunnel itself, by the route of this link to ${code(a.route)}`,
    () => 'add a route to the endpoint over another link, or a mark and a rule for it',
    'What the tunnel sends is encrypted, and must leave by another link. The route of the longest prefix wins, then the lowest metric. Networks that come by DHCP are not known here.',
  ),
  'network-wireguard-endpoint-unreachable': warning<Doubt>(
    a => `the endpoint ${a.what} may be unreachable: ${a.why}`,
    a => a.hint,
  ),
  'network-wireguard-ethernet': error<{ name: string; of: string; kind: string }>(a =>
    a.kind === 'vlan'
      ? `no VLAN can be on the WireGuard link ${code(a.name)}, which is not Ethernet`
      : `the WireGuard link ${code(a.name)} cannot be a member of ${code(a.of)}, because it is not Ethernet`,
  ),
  'network-wireguard-keepalive': error<{ value: string }>(
    a => `${code(a.value)} is not a number of whole seconds`,
    () => 'write for example 25s',
  ),
  'network-wireguard-key': error<{ key: string; why: string }>(
    a => `${code(a.key)} is not a key: ${a.why}`,
    a =>
      a.key === 'publicKey'
        ? 'write what wg pubkey prints, or what the event wireguard-key of the other node says'
        : `write what ${a.key === 'privateKey' ? 'wg genkey' : 'wg genpsk'} prints`,
  ),
  'network-wireguard-key-lost': warning(
    () => 'without KEEL-STATE the node makes another private key at each boot, which no peer knows',
    () => 'add a partition KEEL-STATE to storage.disks, or write the privateKey',
  ),
  'network-wireguard-no-way': warning(
    () => 'nobody can begin: this peer has no endpoint, and the link has no listenPort',
    () => 'give the peer an endpoint, or the link a listenPort by which the peer knows it',
    'Without listenPort the kernel chooses another port at each boot, so no peer can know it before this node has sent something.',
  ),
  'network-wireguard-peer-twice': error<{ publicKey: string }>(
    a => `another peer of this link has the public key ${code(a.publicKey)}`,
    () => 'a peer has one entry: join their allowed IPs',
  ),
  'network-wireguard-port-twice': error<{ port: number }>(
    a => `another WireGuard link already listens at port ${a.port}`,
    () => 'each link has a port of its own, for example 51820 and 51821',
  ),
} as const
