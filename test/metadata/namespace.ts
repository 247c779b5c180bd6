import { execFileSync } from 'node:child_process'
import type { Identity } from '../../src/kubelet/pki.ts'
import type { Nic } from '../../src/vm/qemu-network.ts'
import type { Inside } from '../../src/vm/vm.ts'
import type { Network } from '../cluster/network.ts'
import { WIRESERVER_ADDRESS } from './azure.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts'

/** Where every platform has its metadata service. */
export const METADATA_ADDRESS = '169.254.169.254'
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

/** Makes a network of a namespace into one. */
export function namespaceIn(network: Network): Namespace {
  for (const address of [METADATA_ADDRESS, WIRESERVER_ADDRESS, WEB_ADDRESS, OTHER_ADDRESS]) {
    const [program = '', ...rest] = network.inside(['ip', 'address', 'add', `${address}/32`, 'dev', 'lo'])
    execFileSync(program, rest)
  }
  const portOf = (tls: Identity | undefined) => (tls ? 443 : 80)
  return {
    inside: argv => network.inside(argv),
    nic: { kind: 'user', reach: 'namespace', hostname: 'from-dhcp' },
    start: (address, wanted) =>
      startSimulator({ ...wanted, at: { address, port: portOf(wanted.tls), inside: network.inside } }),
  }
}
