import { setTimeout } from 'node:timers/promises'
import { clusterPrograms } from '../cluster/cluster-programs.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import type { Tap } from '../cluster/network.ts'
import { JOINING_CONFIG, joinFragment, NODE, POD_CIDR } from '../demo/joining-machine.ts'
import { untilReady } from './join.ts'
import { boot, eventOf, newDisk } from './machines.ts'
import type { Line } from './table.ts'
import { inFolder, machineConfigOf, textOf, type Workspace } from './workspace.ts'

/** The goal is tried first; then what is smaller until one does not do, or what is larger until one does. */
const SIZES_MIB = [256, 320, 384, 448, 512, 640, 768]
const GOAL_MIB = 384
const PODS = 2
const DEPLOYMENT = 'fixtures/demo/hello.deployment.yaml'
const PODS_MS = 55_000
/** The kubelet looks for a lack of memory every ten seconds, and evicts then. */
const STAY_MS = 25_000

/** The smallest memory in which a machine with its root in RAM joins, becomes Ready and keeps two pods. */
export async function benchMemory(workspace: Workspace, write: (what: string) => void): Promise<Line[]> {
  const cluster = await startControlPlane(await clusterPrograms())
  try {
    const tap = cluster.network.addTap()
    cluster.network.routePods(POD_CIDR, tap.address.split('/')[0] ?? '')
    await cluster.kubectl('apply', '-f', DEPLOYMENT)
    await cluster.kubectl('scale', 'deployment/hello', `--replicas=${PODS}`)
    const problems = new Map<number, string | undefined>()
    const attempt = async (mib: number): Promise<boolean> => {
      write(`${mib} MiB`)
      const problem = await inFolder(dir => problemIn(workspace, dir, mib, tap, cluster))
      write(`${mib} MiB: ${problem ?? `Ready, ${PODS} pods stay Running`}`)
      problems.set(mib, problem)
      return problem === undefined
    }
    const smallest = await search(attempt)
    const failed = Math.max(...[...problems].flatMap(([mib, problem]) => (problem ? [mib] : [])))
    const why = Number.isFinite(failed)
      ? `${failed} MiB: ${problems.get(failed)}`
      : 'no smaller one was tried'
    const what = `smallest machine that is Ready with ${PODS} pods Running, root in RAM (${why})`
    return [{ what, unit: 'MiB', value: smallest, goal: GOAL_MIB }]
  } finally {
    await cluster.stop()
  }
}

async function search(isEnough: (mib: number) => Promise<boolean>): Promise<number | undefined> {
  const [smaller, larger] = [SIZES_MIB.filter(mib => mib < GOAL_MIB), SIZES_MIB.filter(mib => mib > GOAL_MIB)]
  if (!(await isEnough(GOAL_MIB))) {
    for (const mib of larger) if (await isEnough(mib)) return mib
    return undefined
  }
  let smallest = GOAL_MIB
  for (const mib of smaller.reverse()) {
    if (!(await isEnough(mib))) break
    smallest = mib
  }
  return smallest
}

/** What keeps a machine of this size from being a node with its pods; nothing when it is one. */
async function problemIn(
  workspace: Workspace,
  dir: string,
  memoryMib: number,
  tap: Tap,
  cluster: ControlPlane,
): Promise<string | undefined> {
  const ready = untilReady(cluster)
  ready.catch(() => undefined)
  const machine = {
    config: configFor(tap, cluster),
    disks: [newDisk(dir)],
    memoryMib,
    hardware: { nics: [{ kind: 'tap', name: tap.name, mac: tap.mac } as const] },
    inside: cluster.network.inside,
  }
  try {
    return await boot(workspace, dir, machine, async vm => {
      const end = vm.exited.then(() => 'the machine went down')
      return await Promise.race([
        end,
        eventOf(vm, 'steady')
          .then(() => ready)
          .then(() => podsProblem(cluster)),
      ])
    })
  } catch (error) {
    return (error as Error).message.split('\n')[0]
  } finally {
    await forget(cluster)
  }
}

/** The demo's worker, on a disk that is not what it started from. */
const configFor = (tap: Tap, cluster: ControlPlane): string =>
  machineConfigOf(
    textOf(JOINING_CONFIG).replace('{bootDisk: true}', '{serial: keel-disk}'),
    joinFragment(tap, cluster),
  )

async function podsProblem(cluster: ControlPlane): Promise<string | undefined> {
  const available = ['wait', 'deployment/hello', '--for=condition=Available', `--timeout=${PODS_MS / 1000}s`]
  const isThere = await cluster.kubectl(...available).then(
    () => true,
    () => false,
  )
  if (isThere) await setTimeout(STAY_MS)
  const phases = await podPhases(cluster)
  const running = phases.filter(phase => phase === 'Running').length
  return phases.length === PODS && running === PODS ? undefined : `Ready, pods ${phases.join(', ')}`
}

/** An evicted pod stays in the list as Failed. */
async function podPhases(cluster: ControlPlane): Promise<string[]> {
  const { items } = JSON.parse(await cluster.kubectl('get', 'pods', '-o', 'json')) as {
    items: { status: { phase: string; reason?: string } }[]
  }
  return items.map(({ status }) => status.reason ?? status.phase)
}

/** The next machine bears the same name, and its pods are new ones. */
async function forget(cluster: ControlPlane): Promise<void> {
  await cluster.kubectl('delete', `node/${NODE}`, '--ignore-not-found')
  await cluster.kubectl('delete', 'pods', '--all', '--force', '--grace-period=0')
}
