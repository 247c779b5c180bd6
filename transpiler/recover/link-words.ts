/**
 * Keys of netplan, systemd-networkd, NetworkManager, nmstate, ifupdown, ifcfg, cloud-init, the bonding driver, wg-quick, Talos, ufw, firewalld
 * and nftables, by their place in `network`: what says the same there, or why nothing does.
 */

/** A key of the place; or a sentence without an end, and the keys of the place that it is about: all of them, or one of those with | between them. */
export type Row = string | readonly [why: string, ...keys: string[]]
/** Words in lower case, without dashes and underscores. */
type Words = ReadonlyMap<string, Row>

/** What all of the words mean. */
type Rows = readonly (readonly [row: Row, words: string])[]

const wordsOf = (...rows: Rows): Words =>
  new Map(rows.flatMap(([row, words]) => words.split(/\s+/).map(word => [word, row] as const)))

const NO_OTHERS = 'a node makes bonds, VLANs, bridges, dummy interfaces and WireGuard tunnels, and no others'
const NO_SETTING = 'there is no key for it: the value of the kernel stays'
const NO_OPTION = 'there is no key for this option of DHCP'

const ROOT = wordsOf([
  ['interfaces are in `network.links`', 'network'],
  'ethernets interfaces bonds bridges vlans dummydevices',
])

const NETWORK = wordsOf(
  ['links', 'interfaces interface ethernets devices config'],
  [['write it as an entry of `links`: {name: bond0, bond: {…}}', 'links'], 'bonds'],
  [['write it as an entry of `links`: {name: eth0.40, vlan: {id: 40, link: eth0}}', 'links'], 'vlans'],
  [['write it as an entry of `links`: {name: br0, bridge: {…}}', 'links'], 'bridges'],
  [['write it as an entry of `links`: {name: dummy0, dummy: {}}', 'links'], 'dummydevices'],
  [
    [
      'write a tunnel of WireGuard as an entry of `links`: {name: wg0, wireguard: {…}}; there are no others',
      'links',
    ],
    'tunnels',
  ],
  [[NO_OTHERS], 'wifis modems vrfs openvswitch virtualethernets'],
  [['there is only one here: remove it'], 'version renderer'],
  ['nameservers', 'dns dnsservers dnsnameservers dnsresolver resolver resolvers'],
  ['searchDomains', 'search domains dnssearch'],
  ['hosts', 'extrahostentries extrahosts hostaliases'],
  [
    'firewall',
    'nftables iptables ufw firewalld filter zones networkruleconfig networkdefaultactionconfig ingress input',
  ],
)

const FIREWALL = wordsOf(
  ['links', 'interfaces interface ifaces devices nics zone zones external'],
  ['allow', 'allowed accept rules ingress inbound incoming input ports services opens open'],
  [
    ['what nothing allows is dropped: remove it'],
    'defaultaction defaultpolicy defaultinputpolicy defaultincoming policy deny reject block',
  ],
  [
    [
      'rules are about what comes in for the node and for the ports of its pods; what goes out is not filtered',
    ],
    'output outgoing outbound egress forward',
  ],
  [['a firewall that is there is on: remove it, or remove `firewall`'], 'enabled enable state'],
)

const ALLOWED = wordsOf(
  ['preset', 'service services app application profile'],
  ['protocol', 'proto l4proto ipprotocol type'],
  ['ports', 'port dport toport toports destinationport portrange portselector range'],
  ['from', 'source sources src saddr subnet subnets cidr cidrs network networks sourceaddress ingress'],
  [['every entry allows: remove it'], 'action target verdict policy rule allow accept'],
  [
    ['all entries are about the `links` of the firewall'],
    'interface iface iif iifname inbound in device zone links link',
  ],
  [['an entry is about every address of the node'], 'to dst daddr destination destinationaddress'],
  [['write it as a comment, after a #'], 'name description comment'],
)

const LINK = wordsOf(
  ['name', 'interface interfacename ifname iface device dev nic setname'],
  ['match', 'deviceselector selector'],
  [
    [
      'no link gets another hardware address: an interface is found by the one that it has, with match: {mac: "52:54:00:12:34:56"}',
      'match',
    ],
    'macaddress hwaddr hwaddress hardwareaddr hardwareaddress clonedmacaddress lladdr',
  ],
  [
    [
      'an entry with `bond`, `vlan`, `bridge`, `dummy` or `wireguard` is made by the node, as in vlan: {id: 40, link: eth0}; without one it is an interface of the machine',
      'bond|vlan|bridge|dummy|wireguard',
    ],
    'kind type linktype',
  ],
  [
    ['a VLAN is an entry of its own: {name: eth0.40, vlan: {id: 40, link: eth0}}', 'vlan'],
    'vlans vlanid vlanlink vid vlanrawdevice rawdevice baseiface parent physdev',
  ],
  [
    ['they are `members` of `bond` or `bridge`, as in bridge: {members: [{name: eth0}]}', 'bond|bridge'],
    'interfaces slaves ports port',
  ],
  [
    ['a bond has its options in `bond`, as in bond: {mode: 802.3ad, members: [{name: eth0}]}', 'bond'],
    `bondmode bondslaves bondmembers bondinterfaces bondmiimon bondprimary bondlacprate bondxmithashpolicy bondupdelay bonddowndelay
    bondadselect bondminlinks bondopts bondingopts linkaggregation team`,
  ],
  [
    ['a bridge has its options in `bridge`, as in bridge: {members: [{name: eth0}]}', 'bridge'],
    'bridgeports bridgeinterfaces bridgestp bridgefd bridgemaxwait',
  ],
  [
    [
      'a member is named at the link that it belongs to, as in bond: {mode: 802.3ad, members: [{name: eth0}]}',
    ],
    'master bondmaster slave slavetype controller porttype teamport',
  ],
  [
    [
      'a tunnel has its options in `wireguard`, as in wireguard: {listenPort: 51820, peers: [{publicKey: …, allowedIPs: [10.9.0.0/24]}]}',
      'wireguard',
    ],
    'key keys fwmark firewallmark peer wireguardpeer wireguardpeers wg',
  ],
  [[NO_OTHERS], 'tunnel vxlan macvlan ipvlan vrf veth'],
  [
    [
      'the boot waits for every interface that has an entry, and fails without it; of the members of a bond or a bridge one is enough',
    ],
    'optional optionaladdresses requiredforonline critical',
  ],
  [
    ['every link is brought up at boot: remove it'],
    'onboot auto allowhotplug autoconnect enabled state up activationmode ignorecarrier configurewithoutcarrier',
  ],
  [['an interface of the machine without an entry is left alone: remove the entry'], 'ignore unmanaged'],
  [['a node has no shell: what a link needs is in its keys'], 'preup postup predown postdown'],
  [['write it as a comment, after a #'], 'description comment'],
  ['mtu', 'mtubytes'],
  ['dhcp4', 'dhcp dhcpv4'],
  ['dhcp6', 'dhcpv6 dhcpv6c ipv6dhcp'],
  ['slaac', 'acceptra ipv6acceptra ra autoconf ipv6autoconf'],
  [
    [
      'the kernel gives each link an address in fe80::/64, and of IPv4 a link has only those of the config and of its lease',
    ],
    'linklocal linklocaladdressing',
  ],
  ['addresses', 'address ip ips ipaddr ipaddress ipaddresses ipv6addr ipv6address cidr'],
  [['write dhcp4: true, or addresses: [192.0.2.10/24]', 'dhcp4|addresses'], 'ipv4 inet bootproto method'],
  [['write slaac: true, or addresses: ["2001:db8::10/64"]', 'slaac|addresses'], 'ipv6 inet6'],
  [
    ['the length of the prefix follows the address, as in addresses: [192.0.2.10/24]', 'addresses'],
    'netmask subnetmask prefix prefixlength subnet subnets network',
  ],
  [['it follows from the address and the length of its prefix: remove it'], 'broadcast'],
  [['that is the work of a pod'], 'vip lldp emitlldp ipmasquerade masquerade'],
  [['what comes in by a link is closed in `network.firewall`'], 'zone firewall'],
  [['it has no meaning here: remove it'], 'uuid connection connectionid profilename'],
  [
    [
      'what is taken from a lease is in `dhcp4Overrides`, as in dhcp4Overrides: {useDNS: false}',
      'dhcp4Overrides',
    ],
    'dhcpoptions dhcp4options dhcpv4options dhcpoverrides dhcpv4overrides peerdns ignoreautodns dhcpignoreautodns',
  ],
  [['write dhcp4Overrides: {useNTP: false}', 'dhcp4Overrides'], 'peerntp'],
  [
    ['write dhcp4Overrides: {useRoutes: false}', 'dhcp4Overrides'],
    'peerroutes ignoreautoroutes neverdefault',
  ],
  [
    ['write dhcp4Overrides: {clientID: mac}, or duid', 'dhcp4Overrides'],
    'dhcpidentifier clientidentifier dhcpclientid dhcpclientidentifier dhcpv4clientid',
  ],
  [
    ['write dhcp4Overrides: {vendorClass: keel}', 'dhcp4Overrides'],
    'vendorclassidentifier vendorclassid dhcpvendorclass dhcpvendorclassidentifier vendor',
  ],
  [['write dhcp4Overrides: {sendHostname: false}', 'dhcp4Overrides'], 'dhcpsendhostname'],
  [
    ['write dhcp4Overrides: {probe: true}', 'dhcp4Overrides'],
    'senddecline dadtimeout ipv4dadtimeout acdtimeout duplicateaddressdetection ipv4duplicateaddressdetection',
  ],
  [
    [
      'of DHCPv6 and of router advertisements there are no options: name servers and search domains of the config count before theirs',
    ],
    'dhcp6overrides dhcpv6options raoverrides',
  ],
  [
    ['a gateway is a route: write routes: [{gateway: 192.0.2.1}]', 'routes'],
    'gateway gateway4 gateway6 gw defaultgateway defaultroute ipv6defaultgw nexthop',
  ],
  [
    [
      'of the routes of a lease it is in dhcp4Overrides: {routeMetric: 100}, and of others in routes: [{gateway: 192.0.2.1, metric: 100}]',
      'dhcp4Overrides|routes',
    ],
    'routemetric dhcpmetric',
  ],
  ['routes', 'staticroutes'],
  ['rules', 'routingpolicy routingpolicyrule routingpolicyrules policyrules routerules routingrules iprules'],
  ['nameservers', 'dns dns1 dns2 dnsservers dnsnameservers resolvers'],
  ['searchDomains', 'search domains domain dnssearch dnsdomain'],
  [
    [NO_SETTING],
    `wakeonlan ethtool ethtoolopts txqueuelen privext virtualfunctioncount sriov offloads features ipv6mtu ipv6privacy
    ipv6privacyextensions ipv6addressgeneration`,
  ],
  [['it is a sysctl: see `kernel.sysctl`'], 'ipforward ipforwarding'],
)

const FACTS: Rows = [
  ['name', 'interface interfacename ifname iface device link originalname kernelname setname'],
  ['mac', 'macaddress hwaddr hardwareaddr hardwareaddress address'],
  ['permanentMac', 'permanentmacaddress permanentaddr permaddress permaddr'],
  ['path', 'buspath pci pciaddress pcipath bus slot'],
]
const MEMBER = wordsOf(...FACTS)
const MATCH = wordsOf(...FACTS, ['all', 'any every'])

const BOND = wordsOf(
  ['members', 'interfaces slaves bondslaves ports port devices deviceselectors links nics'],
  [
    [
      'its keys belong here, as in bond: {mode: 802.3ad, lacpRate: fast, members: [{name: eth0}]}',
      ...['mode', 'members', 'miiMonitorInterval', 'arpInterval'],
    ],
    'parameters options',
  ],
  ['mode', 'bondmode'],
  ['miiMonitorInterval', 'miimon bondmiimon miimonitorsec'],
  ['upDelay', 'updelaysec bondupdelay'],
  ['downDelay', 'downdelaysec bonddowndelay'],
  ['arpInterval', 'arpintervalsec'],
  ['arpIPTargets', 'arpiptarget arptargets arptarget'],
  ['transmitHashPolicy', 'xmithashpolicy bondxmithashpolicy hashpolicy'],
  ['lacpRate', 'lacptransmitrate bondlacprate'],
  ['allMembersActive', 'allslavesactive allportsactive'],
  ['failOverMACPolicy', 'failovermac'],
  ['primaryReselectPolicy', 'primaryreselect'],
  ['gratuitousARP', 'gratuitiousarp numgratarp numunsolna'],
  ['packetsPerMember', 'packetsperslave packetsperport'],
  ['learnPacketInterval', 'lpinterval learnpacketintervalsec'],
  [
    [NO_SETTING],
    `usecarrier tlbdynamiclb dynamictransmitloadbalancing adactorsyspri adactorsystem adactorsystempriority aduserportkey
    lacpactive peernotifydelay peernotifdelay arpmissedmax`,
  ],
)

const VLAN = wordsOf(
  ['id', 'vlanid vid tag vlantag number'],
  ['link', 'device dev rawdevice vlanrawdevice baseiface parent physdev interface iface on master lower'],
  ['protocol', 'proto vlanprotocol'],
  [
    [NO_SETTING],
    'flags gvrp mvrp loosebinding reorderheader reorderheaders registrationprotocol egressqosmaps ingressqosmaps',
  ],
)

const BRIDGE = wordsOf(
  ['members', 'interfaces slaves ports port bridgeports devices deviceselectors links nics'],
  [
    [
      'its keys belong here, as in bridge: {stp: true, priority: 4096, members: [{name: eth0}]}',
      'stp',
      'members',
    ],
    'parameters options',
  ],
  ['stp', 'bridgestp'],
  ['priority', 'bridgeprio'],
  ['forwardDelay', 'forwarddelaysec bridgefd fd'],
  ['helloTime', 'hellotimesec bridgehello hello'],
  ['maxAge', 'maxagesec bridgemaxage'],
  ['ageingTime', 'ageingtimesec bridgeageing ageing'],
  [[NO_SETTING], 'pathcost portpriority vlan vlanfiltering multicastsnooping groupforwardmask groupfwdmask'],
)

const NO_ROUTES =
  'allowed IPs make no routes: write them next to `wireguard`, as in routes: [{destination: 10.9.0.0/24}]'

const WIREGUARD = wordsOf(
  ['privateKey', 'key private secretkey'],
  [['a key stands in the config itself: write privateKey, or leave it out', 'privateKey'], 'privatekeyfile'],
  [
    ['write privateKey, and publicKey and presharedKey in an item of `peers`', 'privateKey', 'peers'],
    'keys publickey presharedkey',
  ],
  ['listenPort', 'port'],
  ['mark', 'fwmark firewallmark'],
  ['peers', 'peer wireguardpeer wireguardpeers'],
  [['addresses stand next to `wireguard`: addresses: [10.9.0.1/24]'], 'address'],
  [['name servers stand next to `wireguard`: nameservers: [10.9.0.53]'], 'dns'],
  [[NO_ROUTES], 'table routetable routemetric'],
  [['a node has no shell: what a link needs is in its keys'], 'preup postup predown postdown'],
  [['a node writes nothing back into its config: remove it'], 'saveconfig'],
)

const PEER = wordsOf(
  ['publicKey', 'key public'],
  [['write publicKey, and presharedKey', 'publicKey', 'presharedKey'], 'keys'],
  ['presharedKey', 'psk shared sharedkey'],
  [['a key stands in the config itself: write presharedKey', 'presharedKey'], 'presharedkeyfile'],
  ['endpoint', 'address host remote server'],
  [['the port follows the address, as in endpoint: 192.0.2.1:51820', 'endpoint'], 'port endpointport'],
  ['allowedIPs', 'allowed networks subnets addresses'],
  [[NO_ROUTES], 'routes routetable routemetric'],
  ['persistentKeepalive', 'keepalive keepaliveinterval persistentkeepaliveinterval'],
)

const OVERRIDES = wordsOf(
  [
    ['`useRoutes` is about all routes of a lease, also the default one', 'useRoutes'],
    'usegateway defaultroute',
  ],
  [['it is the opposite: write useRoutes: false', 'useRoutes'], 'ignoreautoroutes neverdefault'],
  [['it is the opposite: write useDNS: false', 'useDNS'], 'ignoreautodns'],
  ['useDNS', 'dns peerdns usednsservers usenameservers'],
  ['useDomains', 'domains usedomain usednsdomains usesearchdomains'],
  ['useNTP', 'ntp peerntp usetimeservers usentpservers'],
  ['useMTU', 'mtu usemtubytes useinterfacemtu'],
  ['sendHostname', 'dhcpsendhostname'],
  [
    ['the name that the server gets is that of the node: see `hostname`'],
    'hostname dhcphostname fqdn dhcpfqdn',
  ],
  ['routeMetric', 'metric dhcpmetric defaultmetric'],
  ['clientID', 'clientidentifier dhcpidentifier dhcpclientid dhcpclientidentifier identifier'],
  ['vendorClass', 'vendorclassidentifier vendorclassid dhcpvendorclassidentifier vendor'],
  ['probe', 'senddecline duplicateaddressdetection dadtimeout acdtimeout arpprobe'],
  [
    ['IAID and DUID are made by the node: write clientID: duid', 'clientID'],
    'duid duidtype duidrawdata iaid',
  ],
  [
    [NO_OPTION],
    `userclass rapidcommit requestoptions sendoption sendvendoroption sendrelease requestbroadcast fallbackleaselifetimesec
    maxattempts listenport serverport routetable label iplabel usesip usecaptiveportal usedelegatedprefix use6rd usetimezone
    ipv6onlymode usednr routestodns routestontp anonymize denylist allowlist quickack bootp initialcongestionwindow
    initialadvertisedreceivewindow socketpriority netlabel nftset requestaddress ipservicetype mudurl useaddress`,
  ],
)

const ROUTE = wordsOf(
  ['destination', 'to dst dest network target prefix subnet cidr'],
  [
    ['the length of the prefix follows the address, as in destination: 10.0.0.0/8', 'destination'],
    'netmask genmask prefixlength',
  ],
  ['gateway', 'via gw nexthop nexthopaddress router'],
  ['source', 'from src prefsrc preferredsource'],
  ['metric', 'priority distance'],
  ['table', 'tableid routetable'],
  ['onLink', 'gatewayonlink'],
  [
    ['a route leads over the link of its entry: remove it, or move the route'],
    'dev device interface iface link nexthopinterface outinterface',
  ],
  [['it follows from the gateway: a route without one is on the link itself'], 'scope'],
  [['every route leads over the link of its entry'], 'type'],
  [['a route has the MTU of its link'], 'mtu mtubytes'],
  [['of two routes to one destination the lower `metric` wins'], 'weight'],
  [[NO_SETTING], 'congestionwindow advertisedreceivewindow advmss'],
)

const RULE = wordsOf(
  ['from', 'src source'],
  ['to', 'dst dest destination'],
  ['mark', 'fwmark firewallmark'],
  ['table', 'lookup tableid routetable'],
  ['priority', 'pref preference prio'],
  [
    ['the conditions of a rule are `from`, `to` and `mark`'],
    'iif oif incominginterface outgoinginterface tos typeofservice ipproto ipprotocol sport dport uidrange user',
  ],
)

const HOST = wordsOf(
  ['address', 'ip ipaddr ipaddress addr'],
  ['names', 'aliases hostname hostnames host name fqdn'],
)

/** By the keys that lead to the place, without the numbers of lists. */
export const NETWORK_WORDS: Readonly<Record<string, Words>> = {
  '': ROOT,
  network: NETWORK,
  'network.links': LINK,
  'network.links.dhcp4Overrides': OVERRIDES,
  'network.links.match': MATCH,
  'network.links.bond': BOND,
  'network.links.bond.members': MEMBER,
  'network.links.vlan': VLAN,
  'network.links.bridge': BRIDGE,
  'network.links.bridge.members': MEMBER,
  'network.links.wireguard': WIREGUARD,
  'network.links.wireguard.peers': PEER,
  'network.links.routes': ROUTE,
  'network.links.rules': RULE,
  'network.hosts': HOST,
  'network.firewall': FIREWALL,
  'network.firewall.allow': ALLOWED,
}
