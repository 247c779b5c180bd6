/** A network namespace with a bridge: the whole network of one cluster. Nothing in it reaches outside, and two never meet. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** The control plane's address, and the machines' gateway. */
export const CONTROL_PLANE_ADDRESS = '10.90.0.1'

/** Another address that the API server's certificate has, for a test that gives it to the bridge. */
export const SECOND_ADDRESS = '10.90.0.2'

/** The control plane's address of IPv6, where the network has any. */
export const CONTROL_PLANE_ADDRESS6 = 'fd00:90::1'

/** Addresses of Services. */
export const SERVICE_CIDR = '10.96.0.0/16'
export const SERVICE_CIDR6 = 'fd00:96::/112'

/** Where a machine is plugged in, and the address that is kept for it. */
export interface Tap {
  /** Name of the interface inside the namespace: `-netdev tap,ifname=<name>,script=no,downscript=no`. */
  readonly name: string
  readonly mac: string
  /** With the length of its prefix, as a node config has it. */
  readonly address: string
  /** The same of IPv6. */
  readonly address6: string
  readonly gateway: string
}

export interface Network {
  readonly name: string
  /**
   * The same command, run inside. It keeps the id of the process that is spawned, and dies with the thread that spawned it: what
   * a killed run started must not stay.
   */
  inside(argv: readonly string[]): string[]
  /** Ids of all processes inside. */
  pids(): number[]
  addTap(): Tap
  /** Takes the cable out of the bridge, or puts it in again; the machine does not see that. */
  pull(tap: Tap): void
  plug(tap: Tap): void
  /** How many packets machines have sent to anything outside of the cluster. There is no way there. */
  strays(): number
  /** Gives the network IPv6: the control plane has an address, and passes packets on. */
  addIpv6(): void
  /** Gives the bridge an address of the link itself; returns the bridge's name. */
  onTheLink(address: string): string
  /** Pods reach the control plane, and pods of other machines, only by a route to the machine they run on. */
  routePods(podCidr: string, nodeAddress: string): void
  close(): void
}

const BRIDGE = 'br0'
/** Machines begin here; the addresses below are for what else a test may want to plug in. */
const FIRST_MACHINE = 11

export function openNetwork(name: string): Network {
  execFileSync('ip', ['netns', 'add', name])
  const network = networkIn(name)
  try {
    batch(name, [
      'link set lo up',
      `link add ${BRIDGE} type bridge`,
      `address add ${CONTROL_PLANE_ADDRESS}/24 dev ${BRIDGE}`,
      `link set ${BRIDGE} up`,
      // An address of a Service is one of the cluster's, also while no kube-proxy has rules for it.
      `route add blackhole ${SERVICE_CIDR}`,
    ])
    enable(name, 'ipv4/ip_forward')
  } catch (error) {
    network.close()
    throw error
  }
  return network
}

function networkIn(name: string): Network {
  let machines = 0
  const addTap = (): Tap => {
    const tap = `tap${machines}`
    const number = FIRST_MACHINE + machines
    machines += 1
    batch(name, [`tuntap add dev ${tap} mode tap`, `link set ${tap} master ${BRIDGE} up`])
    return {
      name: tap,
      mac: `52:54:00:90:00:${number.toString(16).padStart(2, '0')}`,
      address: `10.90.0.${number}/24`,
      address6: `fd00:90::${number.toString(16)}/64`,
      gateway: CONTROL_PLANE_ADDRESS,
    }
  }
  return {
    name,
    inside: argv => ['setpriv', '--pdeathsig', 'KILL', 'ip', 'netns', 'exec', name, ...argv],
    pids: () => linesOf(['netns', 'pids', name]).map(Number),
    addTap,
    pull: tap => batch(name, [`link set ${tap.name} nomaster`]),
    plug: tap => batch(name, [`link set ${tap.name} master ${BRIDGE}`]),
    strays: () => counterOf(name, 'IpExt', 'InNoRoutes'),
    addIpv6: () => {
      batch(name, [
        `address add ${CONTROL_PLANE_ADDRESS6}/64 dev ${BRIDGE} nodad`,
        `route add blackhole ${SERVICE_CIDR6}`,
      ])
      enable(name, 'ipv6/conf/all/forwarding')
    },
    onTheLink: address => {
      batch(name, [`address add ${address}/64 dev ${BRIDGE} nodad`])
      return BRIDGE
    },
    routePods: (podCidr, nodeAddress) => batch(name, [`route replace ${podCidr} via ${nodeAddress}`]),
    close: () => removeNetwork(name),
  }
}

export function removeNetwork(name: string): void {
  execFileSync('ip', ['netns', 'delete', name], { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Names of all namespaces of this machine. */
export const networkNames = (): string[] => linesOf(['netns', 'list']).map(line => line.split(' ')[0] ?? '')

const linesOf = (argv: readonly string[]): string[] =>
  execFileSync('ip', argv, { encoding: 'utf8' }).split('\n').filter(Boolean)

/** One of the counters that the kernel has for each namespace: a line of names, and one of numbers. */
function counterOf(name: string, group: string, counter: string): number {
  const text = execFileSync('ip', ['netns', 'exec', name, 'cat', '/proc/net/netstat'], { encoding: 'utf8' })
  const [names = [], numbers = []] = text
    .split('\n')
    .filter(line => line.startsWith(`${group}:`))
    .map(line => line.split(' '))
  return Number(numbers[names.indexOf(counter)])
}

/** Writes 1 into a setting of the namespace. */
function enable(name: string, setting: string): void {
  const argv = ['netns', 'exec', name, 'tee', join('/proc/sys/net', setting)]
  execFileSync('ip', argv, { input: '1', stdio: ['pipe', 'ignore', 'pipe'] })
}

function batch(name: string, lines: readonly string[]): void {
  execFileSync('ip', ['-n', name, '-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}
