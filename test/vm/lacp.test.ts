/** Two nodes that are each other's partner of LACP over two cables, with a VLAN on the bond. */
import { expect, test } from 'vitest'
import type { Nic, Stream } from '../../src/vm/qemu-network.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { AGENT, ask, podsFragment, readOnNode } from './agent.ts'
import { openCable } from './cable.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 60_000
/** The cards that are members, each with a cable to the other node; card 0 is for the agent. */
const MEMBERS = [1, 2, 3]
/** A card of virtio has no speed unless QEMU gives it one. */
const SPEEDLESS = 3
const USED = MEMBERS.filter(card => card !== SPEEDLESS)

interface Node {
  readonly name: string
  readonly number: number
  /** On the VLAN. */
  readonly addresses: readonly string[]
}

const FIRST: Node = { name: 'first', number: 1, addresses: ['10.40.0.1', 'fd00:40::1'] }
const SECOND: Node = { name: 'second', number: 2, addresses: ['10.40.0.2', 'fd00:40::2'] }

const macOf = ({ number }: Node, card: number) => `52:54:00:00:4${number}:0${card}`

const member = (node: Node, card: number, cable: Stream): Nic => ({
  ...cable,
  mac: macOf(node, card),
  ...(card !== SPEEDLESS && { device: 'virtio-net-pci,speed=1000,duplex=full' }),
})

const config = (node: Node) => `
apiVersion: keel/v1
hostname: ${node.name}
network:
  links:
    - {name: eth0, dhcp4: true}
    - name: bond0
      bond:
        mode: 802.3ad
        lacpRate: fast
        members: [${MEMBERS.map(card => `{mac: "${macOf(node, card)}"}`)}]
    - name: bond0.40
      vlan: {id: 40, link: bond0}
      addresses: [${node.addresses[0]}/24, "${node.addresses[1]}/64"]
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
kubernetes: {role: standalone}
`

/** The first cable is that of the first member, and so on. */
async function start(node: Node, cables: readonly Stream[]): Promise<Vm> {
  const members = cables.map((cable, i) => member(node, i + 1, cable))
  const nics: Nic[] = [{ kind: 'user', reach: 'nothing' }, ...members]
  const vm = await boot({
    config: [config(node), podsFragment(AGENT)],
    disk: newDisk(1024),
    hardware: { nics },
  })
  await steady(vm)
  await polled(() => macOfBond(vm).catch(() => '')).toMatch(/./)
  return vm
}

/** The active aggregator of a bond, and which members send and receive in it. */
async function bondOf(vm: Vm) {
  const text = await readOnNode(vm, '/proc/net/bonding/bond0')
  const [bond = '', ...members] = text.split('\nSlave Interface: ')
  const aggregator = first(bond, /\tAggregator ID: (\d+)/)
  return {
    ports: Number(first(bond, /Number of ports: (\d+)/)),
    partner: first(bond, /Partner Mac Address: (\S+)/),
    active: members
      .filter(member => first(member, /\nAggregator ID: (\d+)/) === aggregator && works(member))
      .map(member => first(member, /^(\S+)/)),
  }
}

/** Of its own state and that of its partner: active, fast, aggregated, in sync, collecting and distributing. */
const works = (member: string) =>
  [...member.matchAll(/port state: (\d+)/g)].map(([, state]) => Number(state)).join() === '63,63'

const first = (text: string, what: RegExp) => what.exec(text)?.[1]

const macOfBond = async (vm: Vm) => (await readOnNode(vm, '/sys/class/net/bond0/address')).trim()

const polled = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: WAIT_MS, interval: 500 })

const namesOf = (cards: readonly number[]) => cards.map(card => `eth${card}`)

/** Waits until all members of a node that have a speed work, with the other node as the partner. */
const isWhole = async (vm: Vm, other: Vm) =>
  polled(() => bondOf(vm)).toEqual({
    ports: USED.length,
    partner: await macOfBond(other),
    active: namesOf(USED),
  })

/** The other node answers at its address of each family. */
async function reaches(vm: Vm, { name, addresses }: Node): Promise<void> {
  for (const address of addresses)
    await polled(() => ask(vm, `ask ${address} cat /proc/sys/kernel/hostname`)).toBe(`${name}\n`)
}

/** What was reported of the links, each member with its bond. */
const changes = (vm: Vm) =>
  vm.events
    .filter(event => event.type === 'link-changed')
    .map(({ interface: name, change, of }) => [name, change, of].filter(Boolean).join(' '))

test('two nodes are one trunk over two cables, either of which is enough; a member without a speed is not used', async () => {
  const cables = await Promise.all(MEMBERS.map(openCable))
  const endsOf = (side: 0 | 1) => cables.map(ends => ends[side])
  const [vm, other] = await Promise.all([start(FIRST, endsOf(0)), start(SECOND, endsOf(1))])
  const whole = () => Promise.all([isWhole(vm, other), isWhole(other, vm)])
  await whole()
  await reaches(vm, SECOND)
  await reaches(other, FIRST)
  expect(await macOfBond(vm)).not.toBe(await macOfBond(other))

  // The other node keeps its carrier: only LACP shows it that no frames arrive.
  for (const card of USED) {
    const left = namesOf(USED.filter(used => used !== card))
    await vm.command({ card, does: 'cable_out' })
    await polled(async () => changes(vm).at(-1)).toBe(`eth${card} carrier-lost bond0`)
    for (const node of [vm, other]) await polled(() => bondOf(node)).toMatchObject({ ports: 1, active: left })
    await reaches(vm, SECOND)
    await reaches(other, FIRST)
    await vm.command({ card, does: 'cable_in' })
    await polled(async () => changes(vm).at(-1)).toBe(`eth${card} carrier-found bond0`)
    await whole()
  }
  expect(changes(vm)).toHaveLength(2 * USED.length)
  expect(changes(other)).toEqual([])
  expect(await readOnNode(vm, `/sys/class/net/eth${SPEEDLESS}/carrier`)).toBe('1\n')
  await Promise.all([powerOff(vm), powerOff(other)])
})
