import { execFileSync } from 'node:child_process'
import type { Identity } from '../../src/kubelet/pki.ts'
import type { Nic } from '../../src/vm/qemu-network.ts'
import type { Inside } from '../../src/vm/vm.ts'
import type { Network } from '../cluster/network.ts'
import { WIRESERVER_ADDRESS } from './azure.ts'
import { addressesOf, METADATA_ADDRESS, PLATFORMS, profileOf } from './profile.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts'

/** A web server that a machine fetches from. */
export const WEB_ADDRESS = '198.51.100.7'
/** Another one, that it was not told of. */
export const OTHER_ADDRESS = '198.51.100.8'

/** A network namespace that leads nowhere: what a machine in it reaches is what somebody started there. */
export type Namespace = {
  inside: Inside
  /** A network card whose DHCP server and gateway QEMU plays. */
  nic: Nic
  /** Listens at an address of the namespace, at the port that its protocol has. */
  start(address: string, wanted: Omit<SimulatorOptions, 'at'>): Promise<Simulator>
}

/** Gives the loopback interface of a namespace one more address. */
export function addToLoopback(inside: Inside, address: string): void {
  const host = address.includes(':') ? [`${address}/128`, 'nodad'] : [`${address}/32`]
  const [program = '', ...rest] = inside(['ip', 'address', 'add', ...host, 'dev', 'lo'])
  execFileSync(program, rest)
}

/** Makes a network of a namespace into one. */
export function namespaceIn(network: Network): Namespace {
  const services = PLATFORMS.flatMap(platform => addressesOf(profileOf(platform)))
  for (const address of new Set([
    METADATA_ADDRESS,
    ...services,
    WIRESERVER_ADDRESS,
    WEB_ADDRESS,
    OTHER_ADDRESS,
  ]))
    addToLoopback(network.inside, address)
  const portOf = (tls: Identity | undefined) => (tls ? 443 : 80)
  return {
    inside: argv => network.inside(argv),
    nic: { kind: 'user', reach: 'namespace', hostname: 'from-dhcp' },
    start: (address, wanted) =>
      startSimulator({ ...wanted, at: { address, port: portOf(wanted.tls), inside: network.inside } }),
  }
}
