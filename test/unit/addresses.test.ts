/** One set of rules for addresses: what cannot work is an error, what works only on some networks is a warning. */
import { describe, expect, test } from 'vitest'
import { diagnosticsOf, HEAD, joining, problemsOf, worker } from './problems.ts'

const STATIC =
  'network: {links: [{name: eth0, addresses: [198.51.100.77/25], routes: [{gateway: 198.51.100.1}]}]}\n'
const WITH_DNS =
  'network: {links: [{name: eth0, addresses: [198.51.100.77/25], routes: [{gateway: 198.51.100.1}]}], nameservers: [203.0.113.53]}\n'
const ISLAND =
  'network: {links: [{name: eth0, addresses: [198.51.100.77/25]}], nameservers: [198.51.100.2]}\n'

/** What is said to do about the only problem. */
const hintOf = (text: string) => diagnosticsOf(text)[0]?.hint

/** Fit for no machine, whatever they are given for. */
const NOBODYS = [
  '0.0.0.0',
  '0.12.0.1',
  '224.0.0.251',
  '239.255.255.250',
  '255.255.255.255',
  '198.51.100.0',
  '198.51.100.127',
]

describe('a name server', () => {
  const of = (address: string, more = '') =>
    problemsOf(
      `${HEAD}network: {links: [{name: eth0, addresses: [198.51.100.77/25], routes: [{gateway: 198.51.100.1}]}], nameservers: ["${address}"]}\n${more}`,
    )
  const unusable = 'network-nameserver-unusable $.network.nameservers[0]'
  const unreachable = 'network-nameserver-unreachable $.network.nameservers[0]'

  test.each([...NOBODYS, '127.0.0.1', '127.0.1.1', '198.51.100.77'])('%s cannot be one', address => {
    expect(of(address)).toEqual([unusable])
  })

  test.each(['198.51.100.2', '203.0.113.53', '169.254.169.253', '10.96.0.10'])('%s can be', address => {
    expect(of(address)).toEqual([])
  })

  test('in the reserved range or among the pods is doubtful', () => {
    expect(of('240.1.2.3')).toEqual([unreachable])
    const bridge = 'kubernetes: {role: standalone, cni: {bridge: {podCIDRs: [10.77.0.0/24]}}}\n'
    expect(of('10.77.0.5', bridge)).toEqual([unreachable])
    expect(of('10.78.0.5', bridge)).toEqual([])
  })

  test('without a route to it is doubtful, unless DHCP may bring one', () => {
    const only = (links: string) =>
      problemsOf(`${HEAD}network: {links: [${links}], nameservers: [192.0.2.53]}\n`)
    expect(only('{name: eth0, addresses: [198.51.100.77/25]}')).toEqual([unreachable])
    expect(only('')).toEqual([unreachable])
    expect(only('{name: eth0, addresses: [192.0.2.4/24]}')).toEqual([])
    expect(only('{name: eth0, addresses: [198.51.100.77/25]}, {name: eth1, dhcp4: true}')).toEqual([])
  })
})

describe('a gateway', () => {
  const of = (gateway: string) =>
    problemsOf(
      `${HEAD}network: {links: [{name: eth0, addresses: [198.51.100.77/25], routes: [{gateway: ${gateway}}]}]}\n`,
    )

  test.each([...NOBODYS, '127.0.0.1', '240.0.0.1'])('%s cannot be one', gateway => {
    expect(of(gateway)).toEqual(['network-gateway-unusable $.network.links[0].routes[0].gateway'])
  })

  test('outside the network, and the interface itself, have codes of their own', () => {
    expect(of('198.51.100.129')).toEqual(['network-gateway-outside $.network.links[0].routes[0].gateway'])
    expect(of('198.51.100.77')).toEqual(['network-gateway-is-self $.network.links[0].routes[0].gateway'])
  })

  test('the two addresses of a point-to-point link are neither network nor broadcast', () => {
    const link =
      'network: {links: [{name: eth0, addresses: [192.0.2.8/31], routes: [{gateway: 192.0.2.9}]}]}\n'
    expect(problemsOf(HEAD + link)).toEqual([])
  })
})

describe('the address of an interface', () => {
  const of = (address: string) =>
    problemsOf(`${HEAD}network: {links: [{name: eth0, addresses: [${address}]}]}\n`)

  test.each([
    '10.0.0.0/8',
    '10.255.255.255/8',
    '0.0.0.5/24',
    '127.1.2.3/8',
    '224.1.1.1/24',
    '250.0.0.1/24',
    '255.255.255.255/32',
    '192.0.2.9/0',
  ])('%s', address => {
    expect(of(address)).toEqual(['network-address-unusable $.network.links[0].addresses[0]'])
  })

  test.each(['10.0.0.1/32', '169.254.7.7/16', '192.0.2.8/31', '100.64.0.9/10'])('%s is fine', address => {
    expect(of(address)).toEqual([])
  })
})

describe('an endpoint', () => {
  const wrong = 'kubernetes-endpoint $.kubernetes.join.endpoint'
  const doubtful = 'kubernetes-endpoint-unreachable $.kubernetes.join.endpoint'

  test.each([...NOBODYS, '198.51.100.77', 'node-1', 'NODE-1'])('a cluster cannot be at %s', host => {
    expect(problemsOf(joining(`${host}:6443`, WITH_DNS))).toEqual([wrong])
  })

  test.each(['127.0.0.1', '127.5.5.5', 'localhost', 'localhost.localdomain', '169.254.1.9', '241.0.0.1'])(
    'at %s is doubtful',
    host => {
      expect(problemsOf(joining(`${host}:7443`, WITH_DNS))).toEqual([doubtful])
    },
  )

  test.each(['192.0.2.1:6443', 'api.k8s.example.net:443', 'Cp:6443', '100.64.3.3:6443'])(
    '%s is fine',
    endpoint => {
      expect(problemsOf(joining(endpoint, WITH_DNS))).toEqual([])
    },
  )

  test('among the pods of the node is wrong, without a route doubtful', () => {
    const bridged = joining('10.244.0.9:6443', WITH_DNS).replace('  join:', '  cni: {bridge: {}}\n  join:')
    expect(problemsOf(bridged)).toEqual([wrong])
    expect(problemsOf(joining('203.0.113.1:6443', ISLAND))).toEqual([doubtful])
    expect(problemsOf(joining('198.51.100.9:6443', ISLAND))).toEqual([])
  })

  test('an IPv6 address has brackets before its port, and an IPv4 address in one is reported', () => {
    const routed =
      'network: {links: [{name: eth0, addresses: ["2001:db8:7::9/64"], routes: [{gateway: "fe80::1"}]}]}\n'
    expect(problemsOf(joining('[2001:db8::1]:6443', routed))).toEqual([])
    expect(problemsOf(joining('[2001:db8::1]:6443', WITH_DNS))).toEqual([doubtful])
    for (const address of ['[::1]:6443', '[fe80::1]:6443'])
      expect(problemsOf(joining(address, routed))).toEqual([doubtful])
    for (const address of [
      '2001:db8::9',
      '[2001:db8::1::2]:6443',
      '[192.0.2.1]:6443',
      '[2001:db8::1',
      '[2001:db8:7::9]:6443',
    ])
      expect(problemsOf(joining(address, routed))).toEqual([wrong])
    expect(hintOf(joining('2001:db8::9', routed))).toContain('`[2001:db8::9]:6443`')
    expect(hintOf(joining('2001:db8::9:6443', routed))).toContain('`[2001:db8::9]:6443`')
    expect(hintOf(joining('[2001:db8::9]', routed))).toContain('`[2001:db8::9]:6443`')
    expect(hintOf(joining('[::ffff:192.0.2.7]:6443'))).toContain('`192.0.2.7:6443`')
    expect(hintOf(joining('cp.example.net.:6443'))).toContain('`cp.example.net:6443`')
  })
})

describe('a name without a name server', () => {
  const doubtful = 'kubernetes-endpoint-unreachable $.kubernetes.join.endpoint'
  const hosts = (text: string) =>
    joining('api.example.net:6443', STATIC).replace(
      'storage:\n',
      `storage:\n  files: [{path: /etc/hosts, contents: {inline: ${JSON.stringify(text)}}}]\n`,
    )

  test('is doubtful as an endpoint and as a time server', () => {
    expect(problemsOf(joining('api.example.net:6443', STATIC))).toEqual([doubtful])
    expect(problemsOf(`${HEAD}${STATIC}time: {servers: [a.ntp.example.net, 192.0.2.123, b]}\n`)).toEqual([
      'time-server-unreachable $.time.servers[0]',
      'time-server-unreachable $.time.servers[2]',
    ])
  })

  test('is doubtful where no lease may give one, and fine where another link may', () => {
    const links = (...more: string[]) =>
      `network:\n  links: [${['{name: eth0, dhcp4: true, dhcp4Overrides: {useDNS: false}}', ...more].join(', ')}]\n`
    const problems = (network: string) => problemsOf(joining('api.example.net:6443', network))
    expect(problems(links())).toEqual([doubtful])
    expect(problems(`${links()}  nameservers: [192.0.2.53]\n`)).toEqual([])
    for (const other of ['dhcp4: true', 'slaac: true', 'dhcp6: true'])
      expect(problems(links(`{name: eth1, ${other}}`))).toEqual([])
    // What is broken may be anything.
    expect(problems(links('{name: eth1, dhcp4: 1}'))).toEqual(['schema-type $.network.links[1].dhcp4'])
  })

  test('is fine with an address, a name server, DHCP, or a resolv.conf of the config', () => {
    expect(problemsOf(joining('203.0.113.1:6443', STATIC))).toEqual([])
    expect(problemsOf(joining('api.example.net:6443', WITH_DNS))).toEqual([])
    expect(problemsOf(joining('api.example.net:6443'))).toEqual([])
    const own = 'storage:\n  files: [{path: /etc/resolv.conf, contents: {inline: "nameserver 192.0.2.53"}}]\n'
    expect(problemsOf(joining('api.example.net:6443', STATIC).replace('storage:\n', own))).toEqual([])
    const link = 'storage:\n  links: [{path: /etc/resolv.conf, target: /run/resolv.conf}]\n'
    expect(problemsOf(joining('api.example.net:6443', STATIC).replace('storage:\n', link))).toEqual([])
  })

  test('may be in the hosts file of the config, which kubeadm reads', () => {
    expect(problemsOf(hosts('127.0.0.1 localhost\n203.0.113.1 cp API.example.net\n'))).toEqual([])
    expect(problemsOf(hosts('203.0.113.1 other.example.net\n'))).toEqual([doubtful])
  })

  test('is not checked where an interface or a server breaks the schema', () => {
    const broken = STATIC.replace('name: eth0', 'name: [eth0]')
    expect(problemsOf(joining('api.example.net:6443', broken))).toEqual([
      'schema-type $.network.links[0].name',
    ])
  })
})

describe('an NTP server', () => {
  const of = (server: string) => problemsOf(`${HEAD}${WITH_DNS}time: {servers: ["${server}"]}\n`)

  test.each([...NOBODYS, '127.0.0.1', 'localhost', 'Localhost', '198.51.100.77', 'node-1'])(
    'cannot be %s',
    server => {
      expect(of(server)).toEqual(['time-server $.time.servers[0]'])
    },
  )

  test.each(['169.254.169.123', '192.0.2.123', 'time.example.org', 'localhost.example.org'])(
    'can be %s',
    server => {
      expect(of(server)).toEqual([])
    },
  )

  test('of another form gets the right form in its hint', () => {
    expect(hintOf(`${HEAD}time: {servers: ["time.example.net."]}\n`)).toContain('`time.example.net`')
    expect(hintOf(`${HEAD}time: {servers: ["::ffff:192.0.2.9"]}\n`)).toContain('`192.0.2.9`')
  })
})

describe('addresses of pods', () => {
  const problems = (cidrs: string) =>
    problemsOf(`${HEAD}kubernetes: {role: standalone, cni: {bridge: {podCIDRs: ${cidrs}}}}\n`)

  const at = '$.kubernetes.cni.bridge.podCIDRs'

  test.each([
    ...['127.0.0.0/16', '0.0.0.0/24', '224.0.0.0/8', '248.0.0.0/16', '0.0.0.0/0'],
    ...['::/0', '::/64', 'fe80::/64', 'ff05::/64', '::ffff:10.0.0.0/104'],
  ])('%s', cidr => {
    expect(problems(`["${cidr}"]`)).toEqual([`kubernetes-pod-cidr-unusable ${at}[0]`])
  })

  test('are of at most one network of each family', () => {
    expect(problems('[10.9.0.0/16, "fd00:9::/64"]')).toEqual([])
    expect(problems('["fd00:9::/64", 10.9.0.0/16]')).toEqual([])
    expect(problems('[10.9.0.0/16, "fd00:9::/64", 10.8.0.0/16]')).toEqual([
      `kubernetes-pod-cidr-family ${at}[2]`,
    ])
  })

  test('need some room', () => {
    expect(problems('[10.9.0.0/29, "fd00:9::/125"]')).toEqual([])
    expect(problems('[10.9.0.0/30, "fd00:9::/126"]')).toEqual(
      [0, 1].map(i => `kubernetes-pod-cidr-small ${at}[${i}]`),
    )
  })

  test.each(['10.9.0.0', '10.9.0/24', 'fd00:9::/129', 'pods'])('%s is not a network', cidr => {
    expect(problems(`["${cidr}"]`)).toEqual([`kubernetes-pod-cidr-invalid ${at}[0]`])
  })

  test('of the earlier key get the new one', () => {
    expect(hintOf(`${HEAD}kubernetes: {role: standalone, cni: {bridge: {podCIDR: 10.9.0.0/16}}}\n`)).toBe(
      'it is a list: write podCIDRs: [10.244.0.0/24]',
    )
  })

  test.each(['10.9.0.0/16', '100.64.0.0/20', '192.168.128.0/17', 'fd00:9::/56'])('%s is fine', cidr => {
    expect(problems(`["${cidr}"]`)).toEqual([])
  })

  test('a DNS server of pods', () => {
    const of = (servers: string) =>
      problemsOf(`${HEAD}kubernetes: {role: standalone, kubelet: {config: {clusterDNS: [${servers}]}}}\n`)
    const at = (i: number) => `kubernetes-cluster-dns $.kubernetes.kubelet.config.clusterDNS[${i}]`
    expect(of('10.96.0.10, 169.254.20.10, 198.51.100.77')).toEqual([])
    expect(of('127.0.0.1, 10.96.0.10, 255.255.255.255, 232.0.0.1')).toEqual([at(0), at(2), at(3)])
  })
})

describe('the server of a discovery file', () => {
  const of = (server: string, more: object = {}) => {
    const cluster = { server, 'certificate-authority-data': 'LS0tCg==' }
    const file = JSON.stringify({ kind: 'Config', clusters: [{ name: '', cluster }], ...more })
    return problemsOf(
      worker(`{discoveryFile: {inline: ${JSON.stringify(file)}}, token: abcdef.0123456789abcdef}`, WITH_DNS),
    )
  }
  const wrong = 'kubernetes-discovery-file $.kubernetes.join.discoveryFile'

  test.each([
    'https://fd00::1:6443',
    'http://cp.example.net:6443',
    'cp.example.net:6443',
    'https://0.0.0.0:6443',
    'https://198.51.100.77:6443',
    'https://node-1:6443',
    'https://239.0.0.1',
    'https://cp.example.net:66443',
    'https://cp_1.example.net:6443',
    'https://admin:secret@cp.example.net',
  ])('%s is wrong', server => {
    expect(of(server)).toEqual([wrong])
  })

  test('on the node itself is doubtful before the join', () => {
    expect(of('https://127.0.0.1:7443')).toEqual([
      'kubernetes-endpoint-unreachable $.kubernetes.join.discoveryFile',
    ])
  })

  test.each([
    'https://cp.example.net:6443',
    'https://cp.example.net/k8s/clusters/c-1',
    'HTTPS://192.0.2.1:443',
  ])('%s is fine', server => {
    expect(of(server)).toEqual([])
  })

  test('is that of the current context, as kubeadm takes it', () => {
    const clusters = [
      { name: 'a', cluster: { server: 'https://[fd00::1]:6443' } },
      { name: 'b', cluster: { server: 'https://192.0.2.1:6443', 'certificate-authority-data': 'LS0tCg==' } },
    ]
    const contexts = [{ name: 'x', context: { cluster: 'b', user: 'u' } }]
    expect(of('', { clusters, contexts, 'current-context': 'x' })).toEqual([])
    expect(of('', { clusters, contexts, 'current-context': 'y' })).toEqual([wrong])
    expect(of('', { clusters })).toEqual([wrong])
  })

  test('and its CA must be one', () => {
    const ca = (text: string) => ({
      clusters: [{ cluster: { server: 'https://192.0.2.1', 'certificate-authority-data': text } }],
    })
    expect(of('', ca('not base64'))).toEqual([wrong])
    expect(of('', ca(btoa('-----BEGIN RSA PRIVATE KEY-----\nMIIB\n')))).toEqual([wrong])
    expect(of('', ca(''))).toEqual([wrong])
  })
})
