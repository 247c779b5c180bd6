/** A network without a way out, with registries, a proxy and a machine in it. It is gone when the test is over. */
import type { Server, Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { authority, type Identity, serverIdentity } from '../../src/kubelet/pki.ts'
import { tunnel } from '../cluster/api.ts'
import { untilThere } from '../cluster/bring-up.ts'
import { clusterPrograms } from '../cluster/cluster-programs.ts'
import { CONTROL_PLANE_ADDRESS, type Network } from '../cluster/network.ts'
import { type Processes, processesIn } from '../cluster/processes.ts'
import { openPort } from '../metadata/port.ts'
import { ownNetwork } from '../vm/namespace.ts'

/** Where machines reach what is in the network. */
export const SITE_ADDRESS = CONTROL_PLANE_ADDRESS
/** Where nobody does but what is in the network itself, such as the proxy. */
export const HIDDEN_ADDRESS = '127.0.0.1'

/** A user and a password. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface Site {
  readonly network: Network
  readonly folder: string
  readonly processes: Processes
  /** The program of the registry. */
  readonly registry: string
  /** PEM of the authority that no system trusts. */
  readonly ca: string
  /** A certificate by that authority. */
  identityOf(host: string): Identity
  /** A port of the site's address, which this process serves. */
  open(port: number): Promise<Server>
  /** A connection to anything in the network. */
  connect(host: string, port: number): Promise<Socket>
}

const RELAY = 'test/cluster/relay.mjs'
const START_MS = 60_000
const DAY_MS = 86_400_000

export async function openSite(): Promise<Site> {
  const { network, folder } = ownNetwork()
  const site = await siteIn(network, folder)
  onTestFinished(site.close)
  return site
}

/** A site in a network that is there, such as a cluster's. */
export async function siteIn(
  network: Network,
  folder: string,
): Promise<Site & { readonly close: () => Promise<void> }> {
  const { registry } = await clusterPrograms()
  const processes = processesIn(folder, network.inside)
  const close = async () => {
    processes.kill()
    await processes.gone()
  }
  const relay = join(folder, 'relay.sock')
  processes.start('relay', [process.execPath, RELAY, relay])
  await untilThere(relay, AbortSignal.timeout(START_MS))
  const validity = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) }
  const ca = authority('site', validity)
  const identities = new Map<string, Identity>()
  return {
    network,
    folder,
    processes,
    registry: join(registry?.dir ?? '', 'registry'),
    ca: ca.certificate,
    identityOf: host => {
      const identity = identities.get(host) ?? serverIdentity(ca, host, validity)
      identities.set(host, identity)
      return identity
    },
    open: port => openPort({ address: SITE_ADDRESS, port, inside: network.inside }),
    connect: (host, port) => tunnel(relay, host, port),
    close,
  }
}
