import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startVm } from '../../src/vm/vm.ts'
import { accessIn, watchFor } from '../cluster/api.ts'
import { clusterPrograms } from '../cluster/cluster-programs.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import type { Tap } from '../cluster/network.ts'
import { joiningMachine, NODE } from '../demo/joining-machine.ts'
import { emptyPid1, eventOf, MIB, stageOf, withMachine } from './machines.ts'
import { type Spread, spreadOf } from './statistics.ts'
import type { Line } from './table.ts'
import type { Workspace } from './workspace.ts'

/** The last interval is either short or long, by luck, and the host's speed changes: the median of five is one or the other. */
const BOOTS = 9
const READY_MS = 300_000
const BASELINE = 'kernel start → empty PID 1'

/** The moments of a join in seconds since the kernel was started, in their order; the firmware's is before it. */
type Moments = Record<(typeof MOMENTS)[number][0], number>

/** Each ends the interval that begins at the one above. */
const MOMENTS = [
  ['power', ''],
  ['kernel', 'power on → kernel start (UEFI, loader)'],
  ['init', 'kernel start → PID 1'],
  ['root', 'PID 1 → in the root'],
  ['verified', 'in the root → verified config (seed on a virtio disk)'],
  ['files', 'verified config → disk set up, files there'],
  ['containerd', '→ containerd may go on (modules, network, time)'],
  ['runtime', '→ containerd answers'],
  ['kubelet', '→ kubelet may go on (kubeadm: preflight, discovery)'],
  ['joined', '→ kubeadm join finished'],
  ['ready', '→ node Ready'],
] as const

type Boot = { moments: Moments; available: number; total: number }

/** From power on to a Ready node: a disk image under UEFI, a seed, a control plane, as in `npm run demo`. */
export async function benchJoin(workspace: Workspace, write: (what: string) => void): Promise<Line[]> {
  const disk = join(await workspace.image('disk'), 'disk.raw')
  const cluster = await startControlPlane(await clusterPrograms())
  try {
    const tap = cluster.network.addTap()
    const empty: number[] = []
    const boots: Boot[] = []
    for (let round = 1; round <= BOOTS; round++) {
      write(`boot ${round} of ${BOOTS}`)
      empty.push(await emptyPid1(workspace))
      boots.push(await withMachine(dir => bootOnce(workspace, dir, disk, tap, cluster)))
      // A name that is taken would keep the next machine from joining.
      await cluster.kubectl('delete', `node/${NODE}`)
    }
    return linesOf(boots, spreadOf(empty))
  } finally {
    await cluster.stop()
  }
}

async function bootOnce(
  workspace: Workspace,
  dir: string,
  disk: string,
  tap: Tap,
  cluster: ControlPlane,
): Promise<Boot> {
  const machine = await joiningMachine(dir, disk, tap, cluster, await workspace.machine())
  const ready = untilReady(cluster)
  // A boot that fails is reported earlier.
  ready.catch(() => undefined)
  const power = performance.now()
  const vm = await startVm(machine, undefined, cluster.network.inside)
  try {
    const started = await eventOf(vm, 'boot-started')
    // The guest's clock begins with its kernel; both run alike.
    const kernelStart = performance.now() - started.monoMs
    const steady = await eventOf(vm, 'steady')
    const readyAt = await ready
    const at = async (event: Promise<{ monoMs: number }>) => (await event).monoMs / 1000
    const usage = steady.usage as { memAvailableBytes: number; memTotalBytes: number }
    return {
      moments: {
        power: (power - kernelStart) / 1000,
        kernel: 0,
        init: started.monoMs / 1000,
        root: await at(stageOf(vm, 'root')),
        verified: await at(stageOf(vm, 'verify')),
        files: await at(stageOf(vm, 'files')),
        containerd: await at(eventOf(vm, 'process-configured', 'containerd')),
        runtime: await at(eventOf(vm, 'process-ready', 'containerd')),
        kubelet: await at(eventOf(vm, 'process-configured', 'kubelet')),
        joined: await at(eventOf(vm, 'joined')),
        ready: (readyAt - kernelStart) / 1000,
      },
      available: usage.memAvailableBytes,
      total: usage.memTotalBytes,
    }
  } finally {
    vm.kill()
    await vm.exited
  }
}

type Node = { status?: { conditions?: { type: string; status: string }[] } }

/** `performance.now()` at which the cluster calls the node Ready. */
export async function untilReady({ dir }: ControlPlane): Promise<number> {
  const access = accessIn(readFileSync(join(dir, 'conf/super-admin.conf'), 'utf8'))
  const path = `/api/v1/nodes?watch=1&fieldSelector=metadata.name%3D${NODE}`
  const isReady = ({ status }: Node) =>
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  await watchFor(join(dir, 'relay.sock'), access, path, isReady, AbortSignal.timeout(READY_MS))
  return performance.now()
}

function linesOf(boots: readonly Boot[], kernel: Spread): Line[] {
  const base = { unit: 's', baseline: BASELINE, base: kernel } as const
  const over = (from: keyof Moments, to: keyof Moments) =>
    spreadOf(boots.map(({ moments }) => moments[to] - moments[from]))
  const stages = MOMENTS.slice(1).map(
    ([name, what], i): Line => ({ ...base, what, value: over(MOMENTS[i]?.[0] ?? 'power', name) }),
  )
  return [
    ...stages,
    { ...base, what: '**kernel start → node Ready**', value: over('kernel', 'ready'), goal: 6 },
    { ...base, what: '**power on → node Ready**', value: over('power', 'ready') },
    {
      what: 'MemAvailable when the node is steady',
      unit: 'MiB',
      value: spreadOf(boots.map(({ available }) => available / MIB)),
    },
    {
      what: 'of MemTotal',
      unit: 'MiB',
      value: spreadOf(boots.map(({ total }) => total / MIB)),
    },
  ]
}
