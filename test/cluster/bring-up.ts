/** From an empty network to a cluster that machines can join. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, watch, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { BuiltComponent } from '../../images/index.ts'
import { type Access, accessIn, get, watchFor } from './api.ts'
import { type ClusterWords, localConfig, uploadConfig } from './kubeadm-config.ts'
import type { Processes } from './processes.ts'
import { argvOf, type Folders, LINKS, type Program } from './programs.ts'

/** Where everything of one control plane is. */
export interface Place extends Folders {
  readonly dir: string
  /** Folder of the programs, by their names. */
  readonly bin: string
  /** Socket file of the relay. */
  readonly relay: string
  /** Kubeconfig of the group system:masters. The group of admin.conf has no rights in a cluster that is made by phases. */
  readonly superAdmin: string
}

export type Addon = 'kube-proxy' | 'coredns'

export interface Wanted extends ClusterWords {
  /** More flags, or other values, for a program. */
  readonly flags: Partial<Readonly<Record<Program, Readonly<Record<string, string>>>>>
}

const PHASE_MS = 60_000
const RELAY = 'test/cluster/relay.mjs'

export function placeIn(dir: string, built: Readonly<Record<string, BuiltComponent>>): Place {
  const at = (name: string) => join(dir, name)
  const place: Place = {
    dir,
    bin: at('bin'),
    pki: at('pki'),
    conf: at('conf'),
    data: at('etcd'),
    relay: at('relay.sock'),
    superAdmin: at('conf/super-admin.conf'),
  }
  for (const folder of [place.bin, place.conf]) mkdirSync(folder)
  for (const [name, component] of Object.entries(LINKS)) {
    symlinkSync(join(built[component]?.dir ?? '', component), join(place.bin, name))
  }
  return place
}

/** Starts each process as soon as what it needs is there, and returns when the token is announced. */
export async function bringUp(
  place: Place,
  processes: Processes,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Access> {
  const start = (program: Program) =>
    processes.start(program, argvOf(place.bin, program, place, wanted.flags[program]))
  const phase = (...argv: string[]) =>
    processes.run([`${place.bin}/kubeadm`, 'init', 'phase', ...argv], PHASE_MS)
  const kubectl = (...argv: string[]) =>
    processes.run([`${place.bin}/kubectl`, '--kubeconfig', place.superAdmin, ...argv], PHASE_MS)
  const local = join(place.dir, 'local.yaml')
  writeFileSync(local, localConfig(wanted, place.pki))
  writeFileSync(uploadFile(place), uploadConfig(wanted))

  processes.start('relay', [process.execPath, RELAY, place.relay])
  start('etcd')
  await phase('certs', 'all', '--config', local)
  start('kube-apiserver')
  await phase('kubeconfig', 'all', '--config', local, '--kubeconfig-dir', place.conf)
  start('kube-scheduler')
  const access = accessIn(readFileSync(place.superAdmin, 'utf8'))
  await untilThere(place.relay, signal)
  await untilReady(place.relay, access, signal)
  // It ends at once if it comes before the API server has posted the roles that it reads its settings by.
  start('kube-controller-manager')
  const to = uploadWords(place)
  await Promise.all([
    phase('upload-config', 'all', ...to),
    phase('bootstrap-token', ...to),
    // Nodes read its ConfigMap when they join, and ask again and again for one that they may not see.
    phase('addon', 'kube-proxy', ...to),
  ])
  // A node without its image would request it forever.
  await kubectl('--namespace=kube-system', 'delete', 'daemonset/kube-proxy')
  await untilAnnounced(place.relay, access, wanted.token, true, signal)
  return access
}

const uploadFile = (place: Place) => join(place.dir, 'upload.yaml')
const uploadWords = (place: Place) => ['--config', uploadFile(place), '--kubeconfig', place.superAdmin]

/** The words by which kubeadm installs an addon in a cluster that runs. */
export const addonWords = (place: Place, addon: Addon): string[] => [
  ...['init', 'phase', 'addon', addon],
  ...uploadWords(place),
]

/** A joining node trusts cluster-info: a token without a signature there has no effect. */
export async function untilAnnounced(
  relay: string,
  access: Access,
  token: string,
  isAnnounced: boolean,
  signal: AbortSignal,
): Promise<void> {
  const path = '/api/v1/namespaces/kube-public/configmaps?watch=1&fieldSelector=metadata.name%3Dcluster-info'
  const name = `jws-kubeconfig-${token.split('.')[0]}`
  const wanted = ({ data }: { data?: Record<string, string> }) => (data?.[name] !== undefined) === isAnnounced
  await watchFor(relay, access, path, wanted, signal)
}

/** The API server announces its readiness to nobody, so it is asked. */
async function untilReady(relay: string, access: Access, signal: AbortSignal): Promise<void> {
  const interval = 50
  for (;;) {
    const { status } = await get(relay, access, '/readyz', signal).catch(refused)
    if (status === 200) return
    await setTimeout(interval, undefined, { signal })
  }
}

const refused = () => ({ status: 0 })

export function untilThere(file: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dirname(file), { signal }, (_, name) => name === basename(file) && look())
    watcher.on('error', reject)
    signal.addEventListener('abort', () => reject(new Error(`${file} does not appear`)))
    const look = () => {
      if (!existsSync(file)) return
      watcher.close()
      resolve()
    }
    look()
  })
}
