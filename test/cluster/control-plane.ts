/** A real control plane: the upstream programs as plain processes in a network of their own, without a kubelet or containers. */
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { basename, join } from 'node:path'
import type { BuiltComponent } from '../../images/index.ts'
import { type Access, tunnel } from './api.ts'
import {
  type Addon,
  addonWords,
  bringUp,
  type Place,
  placeIn,
  untilAnnounced,
  type Wanted,
} from './bring-up.ts'
import { API_PORT } from './kubeadm-config.ts'
import { beforeEnd, newFolder, removeLeftovers } from './leftovers.ts'
import { CONTROL_PLANE_ADDRESS, type Network, openNetwork } from './network.ts'
import { type Processes, processesIn } from './processes.ts'

/** A control plane that runs. */
export interface ControlPlane {
  /** The three words of a join: `<address>:<port>`, `sha256:<hex>`, and a token that lives as long as the cluster. */
  readonly endpoint: string
  readonly caHash: string
  readonly token: string
  /** A folder with kubeconfigs (conf/), certificates (pki/), programs (bin/) and logs; gone after stop(). */
  readonly dir: string
  /** Where machines are plugged in. QEMU runs inside: `network.inside(argv)`. */
  readonly network: Network
  /** kubectl as a member of system:masters; what it wrote on stdout. */
  kubectl(...args: string[]): Promise<string>
  /** Any program of bin/ in the cluster's network, as nobody. */
  run(program: string, args: readonly string[]): Promise<string>
  /** Installs addons by kubeadm. Without them the cluster has none: a node without their images would request those forever. */
  install(...addons: readonly Addon[]): Promise<void>
  /** A new token by `kubeadm token create`, announced in cluster-info. `ttl` is Go's form of a duration. */
  createToken(ttl: string): Promise<string>
  deleteToken(token: string): Promise<void>
  /** Whether cluster-info has a signature for a token; without one a node cannot join with it. */
  untilAnnounced(token: string): Promise<void>
  untilWithdrawn(token: string): Promise<void>
  /** A connection to anything in the cluster's network. */
  connect(host: string, port: number): Promise<Socket>
  /** Ids of its processes. */
  pids(): number[]
  /** Ends its processes, and removes its network and folder. What others started inside is theirs to end before; else this fails. */
  stop(): Promise<void>
}

export interface Options {
  readonly flags?: Wanted['flags']
  /** Where nodes get the addons' images; absent: nowhere. */
  readonly imageRepository?: string
}

const START_MS = 180_000
/** A command has a timeout of its own, if it waits; this one ends what hangs. */
const COMMAND_MS = 960_000

/** `built` is what buildClusterPrograms made. A start that fails leaves nothing behind. */
export async function startControlPlane(
  built: Readonly<Record<string, BuiltComponent>>,
  options: Options = {},
): Promise<ControlPlane> {
  removeLeftovers()
  const dir = newFolder()
  const undo: (() => void)[] = [() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 })]
  const wipe = () => {
    for (const step of undo.splice(0).reverse()) step()
  }
  const callOff = beforeEnd(wipe)
  let network: Network | undefined
  let processes: Processes | undefined
  const end = async () => {
    callOff()
    processes?.kill()
    await processes?.gone()
    const unrelated = network?.pids() ?? []
    wipe()
    if (unrelated.length > 0)
      throw new Error(`still running in the cluster's network: ${unrelated.join(', ')}`)
  }
  let ended: Promise<void> | undefined
  const stop = () => {
    ended ??= end()
    return ended
  }
  try {
    network = openNetwork(basename(dir))
    undo.push(network.close)
    processes = processesIn(dir, network.inside)
    undo.push(processes.kill)
    const place = placeIn(dir, built)
    const { flags = {}, imageRepository = 'keel.local' } = options
    const wanted = { ...wordsOf(built), imageRepository, flags }
    const access = await processes.whileRunning(
      bringUp(place, processes, wanted, AbortSignal.timeout(START_MS)),
    )
    return { ...running(place, processes, access), token: wanted.token, network, stop }
  } catch (error) {
    const logs = processes?.logs() ?? ''
    await stop()
    throw new Error(`the control plane does not start: ${(error as Error).message}\n${logs}`)
  }
}

const wordsOf = (built: Readonly<Record<string, BuiltComponent>>) => ({
  version: built['control-plane']?.version ?? '',
  token: `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`,
  tokenTtl: '0s',
  dnsTag: `v${built['coredns']?.version}`,
})

/** What can be done with a control plane once it runs. */
function running(place: Place, processes: Processes, access: Access) {
  const { bin, relay, superAdmin } = place
  const run = (program: string, args: readonly string[]) =>
    processes.run([`${bin}/${program}`, ...args], COMMAND_MS)
  const tokens = (...args: string[]) => run('kubeadm', ['--kubeconfig', superAdmin, 'token', ...args])
  const announced = (token: string, is: boolean) =>
    untilAnnounced(relay, access, token, is, AbortSignal.timeout(COMMAND_MS))
  return {
    endpoint: `${CONTROL_PLANE_ADDRESS}:${API_PORT}`,
    caHash: hashOf(readFileSync(join(place.pki, 'ca.crt'))),
    dir: place.dir,
    kubectl: (...args: string[]) => run('kubectl', ['--kubeconfig', superAdmin, ...args]),
    run,
    install: async (...addons: readonly Addon[]) => {
      for (const addon of addons) await run('kubeadm', addonWords(place, addon))
    },
    createToken: async (ttl: string) => {
      const token = (await tokens('create', '--ttl', ttl)).trim()
      await announced(token, true)
      return token
    },
    deleteToken: async (token: string) => {
      await tokens('delete', token)
    },
    untilAnnounced: (token: string) => announced(token, true),
    untilWithdrawn: (token: string) => announced(token, false),
    connect: (host: string, port: number) => tunnel(relay, host, port),
    pids: processes.pids,
  }
}

/** The pin of kubeadm join: a digest of the public key, so that a renewed certificate keeps it. */
function hashOf(certificate: Buffer): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return `sha256:${createHash('sha256').update(key).digest('hex')}`
}
