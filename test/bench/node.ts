import type { Vm } from '../../src/vm/vm.ts'
import { boot, cpuSeconds, emptyPid1, eventOf, MIB, newDisk, withMachine } from './machines.ts'
import { spreadOf } from './statistics.ts'
import type { Line } from './table.ts'
import { transpiled, type Workspace } from './workspace.ts'

const BOOTS = 3

type Usage = {
  initPeakRssBytes: number
  memTotalBytes: number
  memAvailableBytes: number
  processes: string[]
  listeners: string[]
}

/** What one boot of the demo's config took, in seconds. */
type Boot = { kernel: number; containerd: number; kubelet: number; cpuAtKubelet: number }

/** How fast a node of its own boots with an empty disk, and what it uses then. */
export async function benchNode(workspace: Workspace, write: (what: string) => void): Promise<Line[]> {
  const config = transpiled('fixtures/demo/worker.keel.yaml')
  const bootOnce = <T>(measure: (vm: Vm) => Promise<T>): Promise<T> =>
    withMachine(dir => boot(workspace, dir, { config, disks: [newDisk(dir)] }, measure))
  const empty: number[] = []
  const boots: Boot[] = []
  for (let round = 1; round <= BOOTS; round++) {
    write(`boot ${round} of ${BOOTS}`)
    empty.push(await emptyPid1(workspace))
    boots.push(await bootOnce(measureBoot))
  }
  write('what it uses a minute after it is steady')
  const usage = await bootOnce(async vm => (await eventOf(vm, 'usage-measured')).usage as Usage)
  return [...times(boots, spreadOf(empty)), ...use(usage)]
}

async function measureBoot(vm: Vm): Promise<Boot> {
  const started = await eventOf(vm, 'boot-started')
  const containerd = await eventOf(vm, 'process-configured', 'containerd')
  const kubelet = await eventOf(vm, 'process-started', 'kubelet')
  const cpuAtKubelet = cpuSeconds(vm)
  await eventOf(vm, 'steady')
  const since = (event: { monoMs: number }) => (event.monoMs - started.monoMs) / 1000
  return {
    kernel: started.monoMs / 1000,
    containerd: since(containerd),
    kubelet: since(kubelet),
    cpuAtKubelet,
  }
}

function times(boots: Boot[], kernel: ReturnType<typeof spreadOf>): Line[] {
  const baseline = 'kernel start → empty PID 1'
  const of = (take: (boot: Boot) => number) => spreadOf(boots.map(take))
  return [
    {
      what: 'kernel start → PID 1 with the whole initramfs',
      unit: 's',
      value: of(boot => boot.kernel),
      baseline,
      base: kernel,
    },
    {
      what: 'PID 1 → containerd may go on, empty disk set up',
      unit: 's',
      value: of(boot => boot.containerd),
      baseline,
      base: kernel,
      peer: 'Debian with cloud-init: ratio 14.5',
    },
    {
      what: 'PID 1 → kubelet exec, empty disk set up',
      unit: 's',
      value: of(boot => boot.kubelet),
      baseline,
      base: kernel,
      goal: 2,
      peer: 'Debian with cloud-init: ratio 15.3',
    },
    {
      what: 'QEMU CPU seconds, start → kubelet exec',
      unit: 's',
      value: of(boot => boot.cpuAtKubelet),
      peer: 'Debian with cloud-init: 37.7',
    },
  ]
}

function use(usage: Usage): Line[] {
  return [
    { what: 'peak RSS of PID 1', unit: 'MiB', value: usage.initPeakRssBytes / MIB, goal: 4 },
    {
      what: 'memory in use, idle (MemTotal − MemAvailable)',
      unit: 'MiB',
      value: (usage.memTotalBytes - usage.memAvailableBytes) / MIB,
      peer: 'Debian with cloud-init: 240',
    },
    {
      what: `processes, with one pod: ${usage.processes.join(' ')}`,
      unit: '',
      value: usage.processes.length,
      peer: 'Debian with cloud-init, no pod: 13',
    },
    {
      what: `listening sockets: ${usage.listeners.join(', ')}`,
      unit: '',
      value: usage.listeners.length,
      peer: 'Debian with cloud-init: 14',
    },
  ]
}
