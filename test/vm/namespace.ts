import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { basename } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Identity } from '../../src/pki.ts'
import type { Nic } from '../../src/qemu-network.ts'
import type { Inside } from '../../src/vm.ts'
import { newFolder, removeLeftovers } from '../cluster/leftovers.ts'
import { type Network, openNetwork } from '../cluster/network.ts'
import { type Simulator, startSimulator, type Wanted } from '../metadata/simulator.ts'

/** Where every platform has its metadata service. */
export const METADATA_ADDRESS = '169.254.169.254'
/** A web server that a machine is told of. */
export const WEB_ADDRESS = '198.51.100.7'
/** Another one, that it was not told of. */
export const OTHER_ADDRESS = '198.51.100.8'

/** A network namespace that leads nowhere: what a machine in it reaches is what a test started there. */
export type Namespace = {
  inside: Inside
  /** A network card whose DHCP server and gateway QEMU plays. */
  nic: Nic
  /** Listens at an address of the namespace, at the port that its protocol has. */
  start(address: string, wanted: Omit<Wanted, 'at'>): Promise<Simulator>
}

/** A network of one test, and a folder for what runs in it; both are gone when the test is over. */
export function ownNetwork(): { network: Network; folder: string } {
  removeLeftovers()
  const folder = newFolder()
  const network = openNetwork(basename(folder))
  onTestFinished(() => {
    network.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { network, folder }
}

/** It is gone, with all that listens in it, when the test is over. */
export function openNamespace(): Namespace {
  const { network } = ownNetwork()
  for (const address of [METADATA_ADDRESS, WEB_ADDRESS, OTHER_ADDRESS]) {
    const [program = '', ...rest] = network.inside(['ip', 'address', 'add', `${address}/32`, 'dev', 'lo'])
    execFileSync(program, rest)
  }
  const portOf = (tls: Identity | undefined) => (tls ? 443 : 80)
  return {
    inside: argv => network.inside(argv),
    nic: { kind: 'user', reach: 'namespace', hostname: 'from-dhcp' },
    start: async (address, wanted) => {
      const at = { address, port: portOf(wanted.tls), inside: network.inside }
      const simulator = await startSimulator({ ...wanted, at })
      onTestFinished(() => simulator.close())
      return simulator
    },
  }
}
