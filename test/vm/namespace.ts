import { rmSync } from 'node:fs'
import { basename } from 'node:path'
import { onTestFinished } from 'vitest'
import { newFolder, removeLeftovers } from '../cluster/leftovers.ts'
import { type Network, openNetwork } from '../cluster/network.ts'
import { type Namespace, namespaceIn } from '../metadata/namespace.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../metadata/simulator.ts'

export { type Namespace, OTHER_ADDRESS, WEB_ADDRESS } from '../metadata/namespace.ts'
export { METADATA_ADDRESS } from '../metadata/persona.ts'

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

/** Where OpenStack has its metadata service as well. */
const LINK_ADDRESS = 'fe80::a9fe:a9fe'

/** A metadata service that is nowhere but on the link of the machine's one card, where no DHCP server answers. */
export async function openLink(
  wanted: Omit<SimulatorOptions, 'at'>,
): Promise<Pick<Namespace, 'inside' | 'nic'> & { service: Simulator }> {
  const { network } = ownNetwork()
  const { name, mac } = network.addTap()
  const bridge = network.onTheLink(LINK_ADDRESS)
  const at = { address: `${LINK_ADDRESS}%${bridge}`, port: 80, inside: network.inside }
  const service = await startSimulator({ ...wanted, at })
  onTestFinished(() => service.close())
  return { inside: argv => network.inside(argv), nic: { kind: 'tap', name, mac }, service }
}

/** It is gone, with all that listens in it, when the test is over. */
export function openNamespace(): Namespace {
  const namespace = namespaceIn(ownNetwork().network)
  return {
    ...namespace,
    start: async (address, wanted) => {
      const simulator = await namespace.start(address, wanted)
      onTestFinished(() => simulator.close())
      return simulator
    },
  }
}
