import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { newFolder, removeLeftovers } from '../cluster/leftovers.ts'
import { type Network, openNetwork } from '../cluster/network.ts'
import { type Namespace, namespaceIn } from '../metadata/namespace.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../metadata/simulator.ts'

export { type Namespace, OTHER_ADDRESS, WEB_ADDRESS } from '../metadata/namespace.ts'
export { METADATA_ADDRESS } from '../metadata/profile.ts'

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
  return untilTheEnd(namespaceIn(ownNetwork().network))
}

/**
 * One in which the machine has a cable, with a real DHCP server at the other end. QEMU's own network gives every connection a
 * port of its own choice; here each arrives from the port that the machine chose.
 */
export function openWiredNamespace(): Namespace {
  const { network, folder } = ownNetwork()
  const { name, mac } = network.addTap()
  const [program = '', ...rest] = network.inside([
    ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root', '--port=0'],
    ...[`--dhcp-leasefile=${join(folder, 'leases')}`, '--no-ping', '--dhcp-range=10.90.0.50,10.90.0.60,1h'],
  ])
  const server = spawn(program, rest, { stdio: 'ignore' })
  onTestFinished(() => void server.kill('SIGKILL'))
  return { ...untilTheEnd(namespaceIn(network)), nic: { kind: 'tap', name, mac } }
}

/** Its servers are gone when the test is over. */
function untilTheEnd(namespace: Namespace): Namespace {
  return {
    ...namespace,
    start: async (address, wanted) => {
      const simulator = await namespace.start(address, wanted)
      onTestFinished(() => simulator.close())
      return simulator
    },
  }
}
