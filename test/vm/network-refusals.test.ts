/** What only the machine can tell of a network section: each ends the boot with a name of its own and the entry that is meant. */
import { expect, test } from 'vitest'
import type { Nic } from '../../src/vm/qemu-network.ts'
import { boot, fatal, powerOff } from './vm.ts'

const node = (rest: string, hostname = 'refused') =>
  `apiVersion: keel/v1\nhostname: ${hostname}\nkubernetes: {role: none}\n${rest}`
const interfaces = (...items: string[]) => `network: {interfaces: [${items.join(', ')}]}\n`

const USER: Nic = { kind: 'user', reach: 'nothing' }
const [FIRST, SECOND] = ['52:54:00:12:34:56', '52:54:00:12:34:57']

const ROWS: { what: string; config: string; nics?: Nic[]; code: string; pointer: string }[] = [
  {
    what: 'an interface that the machine does not have, by its name',
    config: node(interfaces('{name: eth7, address: 192.0.2.10/24}')),
    code: 'interface-not-found',
    pointer: '/network/interfaces/0/selector',
  },
  {
    what: 'an interface that the machine does not have, by its MAC address, behind one that it has',
    config: node(
      interfaces('{name: eth0, dhcp: true}', '{mac: "52:54:00:aa:bb:cc", address: 192.0.2.10/24}'),
    ),
    code: 'interface-not-found',
    pointer: '/network/interfaces/1/selector',
  },
  {
    what: 'an MTU that the card cannot have',
    config: node(interfaces('{name: eth0, address: 192.0.2.10/24, mtu: 9000}')),
    nics: [{ ...USER, device: 'virtio-net-pci,host_mtu=1400' }],
    code: 'network-refused',
    pointer: '/network/interfaces/0',
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
      interfaces('{name: eth1, address: 192.0.2.10/24}', `{mac: "${SECOND}", address: 198.51.100.7/24}`),
    ),
    nics: [
      { ...USER, mac: FIRST },
      { ...USER, mac: SECOND },
    ],
    code: 'interface-claimed-twice',
    pointer: '/network/interfaces/1/selector',
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
