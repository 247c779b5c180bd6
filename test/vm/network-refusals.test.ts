/** What only the machine can tell of a network section: each ends the boot with a name of its own and the entry that is meant. */
import { expect, test } from 'vitest'
import type { Nic } from '../../src/vm/qemu-network.ts'
import { boot, fatal, powerOff } from './vm.ts'

const node = (rest: string, hostname = 'refused') =>
  `apiVersion: keel/v1\nhostname: ${hostname}\nkubernetes: {role: none}\n${rest}`
const links = (...items: string[]) => `network: {links: [${items.join(', ')}]}\n`

const USER: Nic = { kind: 'user', reach: 'nothing' }
const [FIRST, SECOND] = ['52:54:00:12:34:56', '52:54:00:12:34:57']

const ROWS: { what: string; config: string; nics?: Nic[]; code: string; pointer: string }[] = [
  {
    what: 'an interface that the machine does not have, by its name',
    config: node(links('{name: eth7, addresses: [192.0.2.10/24]}')),
    code: 'interface-not-found',
    pointer: '/network/links/0/kind/selector',
  },
  {
    what: 'an interface that the machine does not have, by its MAC address, behind one that it has',
    config: node(
      links('{name: eth0, dhcp4: true}', '{match: {mac: "52:54:00:aa:bb:cc"}, addresses: [192.0.2.10/24]}'),
    ),
    code: 'interface-not-found',
    pointer: '/network/links/1/kind/selector',
  },
  {
    what: 'an MTU that the card cannot have',
    config: node(links('{name: eth0, addresses: [192.0.2.10/24], mtu: 9000}')),
    nics: [{ ...USER, device: 'virtio-net-pci,host_mtu=1400' }],
    code: 'network-refused',
    pointer: '/network/links/0/mtuBytes',
  },
  {
    what: 'a name that nobody gives',
    config: node('', '{from: [metadata]}'),
    code: 'hostname-missing',
    pointer: '/hostname',
  },
  {
    what: 'one card by its name and by its MAC address',
    config: node(
      links(
        '{name: eth1, addresses: [192.0.2.10/24]}',
        `{match: {mac: "${SECOND}"}, addresses: [198.51.100.7/24]}`,
      ),
    ),
    nics: [
      { ...USER, mac: FIRST },
      { ...USER, mac: SECOND },
    ],
    code: 'interface-claimed-twice',
    pointer: '/network/links/1/kind/selector',
  },
]

test.each(ROWS)('$what: $code', async ({ config, nics, code, pointer }) => {
  const vm = await boot({ config: [config], ...(nics && { hardware: { nics } }) })
  expect(await fatal(vm), vm.console()).toMatchObject({
    fatal: true,
    error: { code, stage: 'network', pointer },
  })
  await powerOff(vm)
})
