/**
 * A bond with many VLANs: how long keel-init takes for it at a boot, and how long `ip -batch` takes for the same list on that very machine,
 * in a namespace of a pod. Both find two interfaces and make all else.
 */
import { readFileSync } from 'node:fs'
import type { Nic } from '../../src/vm/qemu-network.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { nodeTools, toolsPod } from '../vm/node-tools.ts'
import { boot, eventOf, newDisk, withMachine } from './machines.ts'
import { spreadOf } from './statistics.ts'
import type { Line } from './table.ts'
import { inFolder, machineConfigOf, type Workspace } from './workspace.ts'

const BOOTS = 3
const BATCHES = 5
const VLANS = Array.from({ length: 64 }, (_, at) => at + 1)
const MOST_MS = 180_000
const NICS: Nic[] = ['01', '02'].map(last => ({
  kind: 'user',
  reach: 'nothing',
  mac: `52:54:00:00:02:${last}`,
}))

const addressesOf = (vlan: number) => [`10.${vlan}.0.1/24`, `10.${vlan}.1.1/24`]
const routeOf = (vlan: number) => ({ destination: `172.16.${vlan}.0/24`, gateway: `10.${vlan}.0.254` })

const CONFIG = JSON.stringify({
  apiVersion: 'keel/v1',
  network: {
    links: [
      { name: 'bond0', bond: { mode: 'active-backup', members: [{ name: 'eth0' }, { name: 'eth1' }] } },
      ...VLANS.map(vlan => ({
        name: `bond0.${vlan}`,
        vlan: { id: vlan, link: 'bond0' },
        addresses: addressesOf(vlan),
        routes: [routeOf(vlan)],
      })),
    ],
  },
})

/** The same list for `ip -batch`. */
const LIST = [
  'link add bond0 type bond mode active-backup',
  ...['eth0', 'eth1'].flatMap(name => [`link set ${name} master bond0`, `link set ${name} up`]),
  'link set bond0 up',
  ...VLANS.flatMap(vlan => [
    `link add link bond0 name bond0.${vlan} type vlan id ${vlan}`,
    `link set bond0.${vlan} up`,
    ...addressesOf(vlan).map(address => `address add ${address} dev bond0.${vlan}`),
    `route add ${routeOf(vlan).destination} via ${routeOf(vlan).gateway}`,
  ]),
]

/** Hundredths of a second go to the kernel's log, and so to the console. */
const SCRIPT = `
now() { read -r up rest </proc/uptime; /bin/busybox echo "$up" | /bin/busybox tr -d .; }
/bin/busybox mkdir -p /run/netns
for round in ${Array.from({ length: BATCHES }, (_, at) => at).join(' ')}; do
  /bin/busybox sh -c "/bin/ip netns add n; /bin/ip -n n link add eth0 type dummy; /bin/ip -n n link add eth1 type dummy"
  before=$(now); /bin/busybox sh -c "/bin/ip -n n -batch /lists/batch" || /bin/busybox echo "<1>batch: refused" >/dev/kmsg
  /bin/busybox echo "<1>batch: $(( $(now) - before ))" >/dev/kmsg
  /bin/busybox sh -c "/bin/ip netns delete n"
done
/bin/busybox sleep 1000000
`

const node = (tools: string) => `
apiVersion: keel/v1
hostname: linked
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
  files:
    - {path: /var/lib/tools.tar, contents: {base64: ${tools}}}
    - {path: /var/lib/lists/batch, contents: {inline: ${JSON.stringify(`${LIST.join('\n')}\n`)}}}
kernel: {modules: [dummy]}
kubernetes:
  role: standalone
  images: [/var/lib/tools.tar]
  staticPods: [${toolsPod(SCRIPT, 'lists', '/var/lib/lists')}]
`

/** Milliseconds for all links, of keel-init and of iproute2. */
export async function benchLinks(workspace: Workspace, write: (what: string) => void): Promise<Line[]> {
  const tools = await inFolder(async dir => readFileSync(nodeTools('ip', dir)).toString('base64'))
  const config = machineConfigOf(node(tools), CONFIG)
  const [own, batches]: [number[], number[]] = [[], []]
  for (let round = 1; round <= BOOTS; round++) {
    write(`boot ${round} of ${BOOTS}`)
    await withMachine(dir =>
      boot(workspace, dir, { config, disks: [newDisk(dir)], hardware: { nics: NICS } }, async vm => {
        await eventOf(vm, 'steady')
        own.push(ownTime(vm))
        batches.push(...(await batchTimes(vm)))
      }),
    )
  }
  const what = `${VLANS.length} VLANs on a bond, each with two addresses and a route`
  const base = spreadOf(batches)
  return [{ what, unit: 'ms', value: spreadOf(own), baseline: 'ip -batch of the same list', base, goal: 1.2 }]
}

/** From the begin of the stage to the last address. */
function ownTime(vm: Vm): number {
  const begin = vm.events.find(({ type, stage }) => type === 'stage-started' && stage === 'network')
  const given = vm.events.filter(({ type, method }) => type === 'link-configured' && method === 'static')
  if (!begin || given.length !== 2 * VLANS.length) throw new Error(`there are ${given.length} addresses`)
  return (given.at(-1)?.monoMs ?? Number.NaN) - begin.monoMs
}

async function batchTimes(vm: Vm): Promise<number[]> {
  const until = Date.now() + MOST_MS
  for (;;) {
    const text = vm.console()
    if (text.includes('batch: refused')) throw new Error('ip -batch has refused something')
    const found = [...text.matchAll(/batch: (\d+)/g)].map(([, hundredths]) => Number(hundredths) * 10)
    if (found.length >= BATCHES) return found.slice(0, BATCHES)
    if (Date.now() > until) throw new Error(`ip -batch ran ${found.length} times:\n${text.slice(-2000)}`)
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}
