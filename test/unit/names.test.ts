/** Names: of machines, of their interfaces, of sysctl values. */
import { describe, expect, test } from 'vitest'
import names from '../../fixtures/host-names.json' with { type: 'json' }
import { transpile } from '../../transpiler/index.ts'
import { diagnosticsOf, HEAD, joining, problemsOf } from './problems.ts'

const named = (name: string) => `apiVersion: keel/v1\nhostname: ${JSON.stringify(name)}\n`

/** `fixtures/host-names.json` is what init takes and refuses from DHCP and metadata. */
describe('a machine and its node can be called what init would call them', () => {
  test.each(names.good)('%s', name => {
    expect(problemsOf(named(name))).toEqual([])
    expect(
      problemsOf(joining('192.0.2.1:6443').replace('  join:', `  nodeName: "${name}"\n  join:`)),
    ).toEqual([])
  })
})

describe('and not', () => {
  test.each(names.bad)('"%s"', name => {
    expect(problemsOf(named(name))).toEqual(['hostname-unusable $.hostname'])
    expect(
      problemsOf(joining('192.0.2.1:6443').replace('  join:', `  nodeName: "${name}"\n  join:`)),
    ).toEqual(['kubernetes-node-name $.kubernetes.nodeName'])
  })

  test('with a part of 64 characters', () => {
    expect(problemsOf(named('a'.repeat(64)))).toEqual(['hostname-unusable $.hostname'])
    expect(problemsOf(named(`${'a'.repeat(61)}.b`))).toEqual([])
  })

  test('what init would write in lower case, which a config has to do itself', () => {
    const [problem] = diagnosticsOf(named('Web_1.Example.ORG.'))
    expect(problem).toMatchObject({ code: 'hostname-unusable', hint: 'write `web-1.example.org`' })
  })
})

describe('an interface', () => {
  const of = (name: string) => problemsOf(`${HEAD}network: {links: [{name: "${name}", dhcp4: true}]}\n`)

  test.each([
    'eth0.7',
    'vlan12',
    'bond1',
    'team0',
    'br0',
    'br-storage',
    'vmbr0',
    'wg0',
    'tun3',
    'tap0',
    'vxlan10',
  ])('that nothing sets up: %s', name =>
    expect(of(name)).toEqual(['network-interface-kind-missing $.network.links[0].name']),
  )

  test.each(['flannel.1', 'cni0', 'docker0', 'cali12ab', 'veth3f', 'macvlan0', 'wlan0', 'wlp2s0'])(
    'of pods, of other hosts, without a cable: %s',
    name => expect(of(name)).toEqual(['network-interface-kind-missing $.network.links[0].name']),
  )

  test.each([
    'eno1',
    'ens18',
    'enp3s0f1',
    'enP2p1s0',
    'enx525400123456',
    'enX0',
    'ibp5s0',
    'end0',
    'enp1s0np0',
  ])('that only udev calls so: %s', name =>
    expect(of(name)).toEqual(['network-interface-renamed $.network.links[0].name']),
  )

  test.each(['eth0', 'eth12', 'ib0', 'usb0', 'wwan0', 'bridge', 'bonding', 'envoy', 'lan1', 'enx1'])(
    'that a machine may have: %s',
    name => expect(of(name)).toEqual([]),
  )
})

describe('a sysctl', () => {
  const of = (name: string) => transpile([{ name: 'a', text: `${HEAD}kernel: {sysctl: {"${name}": 1}}\n` }])

  test.each([
    'net.ipv4.conf.eth0/100.rp_filter',
    'net.ipv6.conf.br/lan.accept_ra',
    'net.ipv4.neigh.eth0/4094.gc_stale_time',
    'vm.max_map_count',
  ])('may have a slash for a dot: %s', name => {
    expect(of(name).machine?.kernel.sysctl).toEqual([{ name, value: '1' }])
  })

  test.each([
    'net/ipv4/ip_forward',
    'net/ipv4/conf/eth0.100/rp_filter',
    'net.ipv4.conf./.rp_filter',
    'net.ipv4.conf.//.rp_filter',
    'net.ipv4.conf./a.rp_filter',
    'net.ipv4.conf.a/.rp_filter',
    'net.ipv4.conf.a//b.rp_filter',
    'net..ipv4',
    'ip_forward',
    'net.ipv4.conf.*.rp_filter',
  ])('is refused as init would refuse it, or could not find it: %s', name => {
    expect(of(name).diagnostics.map(({ code }) => code)).toEqual(['schema-form'])
  })
})
