/** Links that are made of others: their order, MTUs and levels, and what the kernel refuses or changes silently. */
import { describe, expect, test } from 'vitest'
import { transpile } from '../../transpiler/index.ts'
import { diagnosticsOf, HEAD, problemsOf } from './problems.ts'

const config = (...links: string[]) =>
  `${HEAD}network:\n  links:\n${links.map(one => `    - ${one}\n`).join('')}`
const problems = (...links: string[]) => problemsOf(config(...links))
const hints = (...links: string[]) => diagnosticsOf(config(...links)).map(({ hint }) => hint)
const order = (...links: string[]) =>
  transpile([{ name: 'a.yaml', text: config(...links) }]).machine?.network.links?.map(({ name }) => name)

const bond = (name: string, members: string, rest = '') =>
  `{name: ${name}, bond: {mode: active-backup, members: [${members}]}${rest}}`

describe('MTU', () => {
  const above = 'network-mtu-above $.network.links'
  const unsure = 'network-mtu-unsure $.network.links'
  const vlan = (on: string, mtu = 9000) => `{name: v, vlan: {id: 7, link: ${on}}, mtu: ${mtu}}`

  test.each([
    ['{name: eth0}', [`${unsure}[1].mtu`]],
    ['{name: eth0, dhcp4: true}', [`${unsure}[1].mtu`]],
    ['{name: eth0, match: {driver: mlx5_core}}', [`${unsure}[1].mtu`]],
    ['{name: eth0, mtu: 8999}', [`${above}[1].mtu`]],
    ['{name: eth0, mtu: 9000}', []],
    ['{name: eth0, dummy: {}}', [`${above}[1].mtu`]],
    ['{name: eth0, dummy: {}, mtu: 9000}', []],
    [bond('eth0', '{name: eth1}'), [`${above}[1].mtu`]],
    [bond('eth0', '{name: eth1}', ', mtu: 9000'), []],
    ['{name: eth0, bridge: {members: [{name: eth1}]}}', [`${above}[1].mtu`]],
    ['{name: eth0, mtu: nine}', ['schema-type $.network.links[0].mtu']],
  ])('a VLAN of 9000 on %s', (on, wanted) => expect(problems(on, vlan('eth0'))).toEqual(wanted))

  test('a VLAN on another VLAN without an MTU has that of what is below both', () => {
    const middle = '{name: m, vlan: {id: 5, link: eth0}}'
    expect(problems('{name: eth0, mtu: 9000}', middle, vlan('m'))).toEqual([])
    expect(problems('{name: eth0, mtu: 1500}', middle, vlan('m'))).toEqual([`${above}[2].mtu`])
    expect(problems('{name: eth0}', middle, vlan('m', 1501))).toEqual([`${above}[2].mtu`])
    expect(problems('{name: eth0}', middle, vlan('m', 1500))).toEqual([])
  })

  test('a bridge without an MTU has the smallest of its members, if all are known', () => {
    const bridge = '{name: br0, bridge: {members: [{name: eth0}, {name: eth1}]}}'
    const of = (mtu: number, ...others: string[]) => problems(bridge, vlan('br0', mtu), ...others)
    expect(of(4000, '{name: eth0, mtu: 9000}', '{name: eth1, mtu: 4000}')).toEqual([])
    expect(of(4001, '{name: eth0, mtu: 9000}', '{name: eth1, mtu: 4000}')).toEqual([`${above}[1].mtu`])
    expect(of(4000, '{name: eth0, mtu: 9000}')).toEqual([`${above}[1].mtu`])
  })

  test('a bridge has none above that of a member', () => {
    const bridge = (mtu: number, members: string) =>
      `{name: br0, bridge: {members: [${members}]}, mtu: ${mtu}, dhcp4: true}`
    expect(problems(bridge(9000, '{name: eth0}'), '{name: eth0, mtu: 1500}')).toEqual([`${above}[0].mtu`])
    expect(problems(bridge(1500, '{name: eth0}'), '{name: eth0, mtu: 1500}')).toEqual([])
    expect(problems(bridge(9000, '{name: eth0}, {name: eth1}'))).toEqual([
      `${unsure}[0].mtu`,
      `${unsure}[0].mtu`,
    ])
    expect(hints(bridge(9000, '{name: eth0}, {name: eth1}'), '{name: eth1}')).toEqual([
      'add an entry for `eth0` with mtu: 9000',
      'give `eth1` an mtu of 9000',
    ])
    expect(problems(bridge(9000, '{name: bond0}'), bond('bond0', '{name: eth0}'))).toEqual([
      `${above}[0].mtu`,
    ])
  })

  test('a member of a bond has that of the bond', () => {
    const of = 'network-bond-member-mtu $.network.links[1].mtu'
    expect(problems(bond('bond0', '{name: eth0}', ', mtu: 9000'), '{name: eth0, mtu: 1500}')).toEqual([of])
    expect(hints(bond('bond0', '{name: eth0}'), '{name: eth0, mtu: 9000}')).toEqual(['move it to `bond0`'])
    expect(hints(bond('bond0', '{name: eth0}', ', mtu: 1500'), '{name: eth0, mtu: 9000}')).toEqual([
      'remove it: `bond0` has one',
    ])
    expect(problems(bond('bond0', '{driver: igb}'), '{name: a, match: {driver: igb}, mtu: 9000}')).toEqual([
      of,
    ])
    expect(problems('{name: br0, bridge: {members: [{name: eth0}]}}', '{name: eth0, mtu: 1500}')).toEqual([])
    // So a VLAN on the member has a limit too, and so has one that is the member.
    const member = 'network-vlan-link-member $.network.links[2].vlan.link'
    expect(problems(bond('bond0', '{name: eth0}', ', mtu: 9000'), '{name: eth0}', vlan('eth0'))).toEqual([
      member,
    ])
    expect(problems(bond('bond0', '{name: eth0}'), '{name: eth0}', vlan('eth0'))).toEqual([
      member,
      `${above}[2].mtu`,
    ])
    expect(
      problems(
        bond('bond0', '{name: v}', ', mtu: 9000'),
        '{name: v, vlan: {id: 7, link: eth0}}',
        '{name: eth0, mtu: 1500}',
      ),
    ).toEqual([`${above}[0].mtu`])
  })

  test('a link that is on itself has no limit by itself', () => {
    expect(problems('{name: eth0, vlan: {id: 1, link: eth0}}', vlan('eth0', 1400))).toEqual([
      'network-vlan-self $.network.links[0].vlan.link',
    ])
    expect(problems('{name: eth0, bridge: {members: [{name: eth0}]}}', vlan('eth0', 1400))).toEqual([
      'network-member-self $.network.links[0].bridge.members[0]',
    ])
  })

  test('an entry of two kinds is its own mistake', () => {
    const both = '{name: b, bond: {mode: 802.3ad, members: [{name: a}]}, vlan: {id: 1, link: a}}'
    expect(problems(both, '{name: a, dummy: {}}', '{name: v, vlan: {id: 7, link: b}, mtu: 1400}')).toEqual([
      'network-link-kinds $.network.links[0].vlan',
      'network-vlan-link-member $.network.links[0].vlan.link',
    ])
  })

  test('links that are made of each other have no other diagnostic', () => {
    expect(
      problems('{name: a, vlan: {id: 1, link: b}, mtu: 9000}', '{name: b, vlan: {id: 1, link: a}}'),
    ).toEqual(['network-link-cycle $.network.links[0].name'])
  })
})

describe('levels', () => {
  const vlans = (count: number, first: string) =>
    Array.from(
      { length: count },
      (_, i) => `{name: v${i}, vlan: {id: 1, link: ${i === 0 ? first : `v${i - 1}`}}}`,
    )

  test.each([
    ['{name: eth0}', 7],
    ['{name: eth0, dummy: {}}', 7],
    [bond('eth0', '{name: eth1}'), 6],
    [bond('eth0', '{name: eth1}, {driver: igb}'), 6],
  ])('%s has at most %i VLANs on each other', (base, most) => {
    expect(problems(base, ...vlans(most, 'eth0'))).toEqual([])
    expect(problems(base, ...vlans(most + 1, 'eth0'))).toEqual([
      `network-link-depth $.network.links[${most + 1}].name`,
    ])
    // Each further one is too deep for the same reason.
    expect(problems(base, ...vlans(most + 3, 'eth0'))).toHaveLength(1)
  })

  test('a ladder with many ways down takes no longer than one with few', () => {
    const rungs = Array.from({ length: 60 }, (_, i) => [
      `{name: a${i}, vlan: {id: 1, link: br${i}}}`,
      `{name: b${i}, vlan: {id: 2, link: br${i}}}`,
      `{name: br${i + 1}, bridge: {members: [{name: a${i}}, {name: b${i}}]}, mtu: 1500}`,
    ])
    const links = ['{name: br0, bridge: {members: [{name: eth0}]}}', ...rungs.flat()]
    expect(problems(...links, bond('bond0', '{name: br60}', ', mtu: 1500'))).toEqual([
      'network-link-depth $.network.links[10].name',
      'network-link-depth $.network.links[11].name',
      'network-bond-member-mtu $.network.links[180].mtu',
    ])
  })

  test('each branch counts by itself', () => {
    const many = Array.from({ length: 20 }, (_, i) => `{name: v${i}, vlan: {id: ${i + 1}, link: eth0}}`)
    expect(problems('{name: eth0}', ...many)).toEqual([])
  })
})

describe('cycles', () => {
  test('each is reported', () => {
    const pair = (a: string, b: string) => [
      `{name: ${a}, vlan: {id: 1, link: ${b}}}`,
      `{name: ${b}, vlan: {id: 1, link: ${a}}}`,
    ]
    expect(problems(...pair('a', 'b'), ...pair('c', 'd'), ...pair('e', 'f'))).toEqual(
      [0, 2, 4].map(i => `network-link-cycle $.network.links[${i}].name`),
    )
    expect(hints(...pair('a', 'b'))).toEqual(['put one of them on another link'])
  })

  test('of two through one link both are', () => {
    const links = [bond('hub', '{name: a}, {name: b}'), '{name: a, bridge: {members: [{name: hub}]}}']
    expect(problems(...links, '{name: b, vlan: {id: 1, link: hub}}')).toEqual([
      'network-link-cycle $.network.links[0].name',
      'network-link-cycle $.network.links[0].name',
    ])
  })

  test('a VLAN on itself is its own mistake', () => {
    expect(problems('{name: eth0.5, vlan: {id: 5, link: eth0.5}}')).toEqual([
      'network-vlan-self $.network.links[0].vlan.link',
    ])
  })
})

describe('order', () => {
  test('a VLAN comes after the bridge or the bond that its link joins', () => {
    const vlan = '{name: eth0.5, vlan: {id: 5, link: eth0}}'
    expect(order(vlan, '{name: eth0}', '{name: br0, bridge: {members: [{name: eth0}]}}')).toEqual([
      'eth0',
      'br0',
      'eth0.5',
    ])
    expect(order(vlan, '{name: eth0}', bond('bond0', '{name: eth0}'))).toEqual(['eth0', 'bond0', 'eth0.5'])
  })

  test('unless that is made of the VLAN', () => {
    const links = [
      '{name: br0, bridge: {members: [{name: eth0}, {name: eth0.5}]}}',
      '{name: eth0.5, vlan: {id: 5, link: eth0}}',
    ]
    expect(order(...links, '{name: eth0}')).toEqual(['eth0', 'eth0.5', 'br0'])
  })
})

test('a VLAN on a port of a bridge is usual, and on a member of a bond worth a warning', () => {
  const vlan = '{name: eth0.5, vlan: {id: 5, link: eth0}}'
  const bridges = [
    '{name: br0, bridge: {members: [{name: eth0}]}}',
    '{name: br5, bridge: {members: [{name: eth0.5}]}}',
  ]
  expect(problems('{name: eth0}', vlan, ...bridges)).toEqual([])
  const [found] = diagnosticsOf(config('{name: eth0}', vlan, bond('bond0', '{name: eth0}')))
  expect(found).toMatchObject({ code: 'network-vlan-link-member', severity: 'warning' })
})

test('a bond is not a part of another one, however deep', () => {
  const inner = [
    bond('bond0', '{name: eth0}'),
    '{name: v, vlan: {id: 1, link: bond0}}',
    '{name: br0, bridge: {members: [{name: v}]}}',
  ]
  for (const part of ['bond0', 'v', 'br0'])
    expect(problems(...inner, bond('bond1', `{name: ${part}}`))).toContain(
      'network-bond-nested $.network.links[3].bond.members[0]',
    )
})

describe('what looks at the members of a bond', () => {
  const of = (options: string, mode = 'active-backup') =>
    problems(`{name: bond0, bond: {mode: ${mode}, members: [{name: eth0}], ${options}}}`)
  const at = '$.network.links[0].bond'
  const arp = 'arpIPTargets: [192.0.2.1]'

  test.each([
    ['upDelay: 200ms, downDelay: 0s', []],
    ['upDelay: 250ms', [`network-bond-delay ${at}.upDelay`]],
    ['miiMonitorInterval: 50ms, upDelay: 250ms', []],
    [`arpInterval: 1s, ${arp}, upDelay: 200ms`, [`network-bond-delay-no-monitor ${at}.upDelay`]],
    [`arpInterval: 1s, ${arp}, downDelay: 0s`, [`network-bond-delay-no-monitor ${at}.downDelay`]],
    [
      'miiMonitorInterval: 0s, downDelay: 250ms',
      [`network-bond-no-monitor ${at}.miiMonitorInterval`, `network-bond-delay-no-monitor ${at}.downDelay`],
    ],
    [`arpInterval: 0s, ${arp}`, [`schema-form ${at}.arpInterval`]],
    [`arpInterval: 0ms, ${arp}, upDelay: 30ms`, [`schema-form ${at}.arpInterval`]],
    [`arpInterval: 1ms, ${arp}`, []],
    ['miiMonitorInterval: soon, upDelay: 30ms', [`schema-form ${at}.miiMonitorInterval`]],
  ])('%s', (options, wanted) => expect(of(options)).toEqual(wanted))

  test('IGMP reports are sent again after a failover where one member works, and where all take turns', () => {
    for (const mode of ['balance-rr', 'active-backup', 'balance-tlb', 'balance-alb'])
      expect(of('resendIGMP: 3', mode), mode).toEqual([])
    for (const mode of ['balance-xor', 'broadcast', '802.3ad'])
      expect(of('resendIGMP: 3', mode), mode).toEqual([`network-bond-option-mode ${at}.resendIGMP`])
  })
})

test.each([
  ['stp: true, forwardDelay: 0s', ['duration-range $.network.links[0].bridge.forwardDelay']],
  ['stp: true, forwardDelay: 2s', []],
  ['forwardDelay: 0s', ['network-bridge-stp-unused $.network.links[0].bridge.forwardDelay']],
  ['stp: false, forwardDelay: 4s', ['network-bridge-stp-unused $.network.links[0].bridge.forwardDelay']],
])('a bridge with %s', (options, wanted) => {
  expect(problems(`{name: br0, bridge: {members: [{name: eth0}], ${options}}}`)).toEqual(wanted)
})

test.each(['all', 'default', 'bonding_masters'])('the kernel gives no interface the name %s', name => {
  const code = 'network-name-reserved $.network.links[0]'
  expect(problems(`{name: ${name}, dhcp4: true}`)).toEqual([`${code}.name`])
  expect(problems(`{name: ${name}, match: {driver: igb}, dhcp4: true}`)).toEqual([`${code}.name`])
  expect(problems(`{match: {name: ${name}}, dhcp4: true}`)).toEqual([`${code}.match.name`])
  expect(problems(`{name: br0, bridge: {members: [{name: ${name}}]}}`)).toEqual([
    `${code}.bridge.members[0].name`,
  ])
  expect(problems(`{name: ${name.slice(1)}, dhcp4: true}`)).toEqual([])
})

describe('a key that says what an entry is', () => {
  test.each([
    ['dummy', 'write `dummy: {}`, or remove the key'],
    ['bridge', 'write for example `bridge: {members: [{name: eth0}]}`, or remove the key'],
    [
      'bond',
      'write for example `bond: {mode: 802.3ad, members: [{name: eth0}, {name: eth1}]}`, or remove the key',
    ],
    ['vlan', 'write for example `vlan: {id: 40, link: eth0}`, or remove the key'],
  ])('%s needs a value', (key, hint) => {
    const links = [`{name: ${key}0, ${key}: }`, `{name: ${key}1, ${key}: ~, addresses: [192.0.2.1/24]}`]
    const wanted = [0, 1].map(i => `schema-kind-without-value $.network.links[${i}].${key}`)
    expect(problems(...links)).toEqual(wanted)
    expect(hints(...links)).toEqual([hint, hint])
  })

  test('the example of each is possible', () => {
    const examples = diagnosticsOf(
      config(...['dummy', 'bridge', 'bond', 'vlan'].map(key => `{name: a-${key}, ${key}: }`)),
    ).map(({ hint }) => /`(.*)`/.exec(hint ?? '')?.[1] ?? '')
    expect(examples).toHaveLength(4)
    for (const example of examples)
      expect(
        problems(`{name: made, ${example}}`).filter(one => !one.startsWith('network-vlan-link-unknown')),
      ).toEqual([])
  })

  test('match without a value leaves it what it is', () => {
    expect(problems('{name: eth0, match: , dhcp4: true}')).toEqual([
      'schema-key-without-value $.network.links[0].match',
    ])
  })
})
