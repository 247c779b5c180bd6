import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchVm } from './machines.ts'
import { spreadOf } from './statistics.ts'
import type { Line } from './table.ts'

const MIB = 1024 * 1024
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

/** How fast the node boots with an empty disk, what it holds in memory and how large it is. */
export async function benchNode(image: string, machines: BenchVm): Promise<Line[]> {
  const empty: number[] = []
  const boots: Boot[] = []
  for (let round = 0; round < BOOTS; round++) {
    empty.push(await machines.emptyPid1())
    boots.push(await machines.boot(measureBoot))
  }
  const usage = await machines.boot(measureUsage)
  const kernel = spreadOf(empty)
  return [...times(boots, kernel), ...use(usage), ...sizes(image)]
}

async function measureBoot(vm: Parameters<Parameters<BenchVm['boot']>[0]>[0]): Promise<Boot> {
  const started = await vm.event('boot-started')
  const containerd = await vm.event('process-started', 'containerd')
  const kubelet = await vm.event('process-started', 'kubelet')
  const cpuAtKubelet = vm.cpuSeconds()
  await vm.event('steady')
  const since = (event: { monoMs: number }) => (event.monoMs - started.monoMs) / 1000
  return {
    kernel: started.monoMs / 1000,
    containerd: since(containerd),
    kubelet: since(kubelet),
    cpuAtKubelet,
  }
}

async function measureUsage(vm: Parameters<Parameters<BenchVm['boot']>[0]>[0]): Promise<Usage> {
  const event = await vm.event('usage-measured')
  return event.usage as Usage
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
      what: 'PID 1 → containerd exec, empty disk set up',
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

function sizes(image: string): Line[] {
  const size = (name: string) => statSync(join(image, name)).size / MIB
  const files = JSON.parse(readFileSync(join(image, 'files.json'), 'utf8')) as {
    in: 'initramfs' | 'root'
    path: string
    kind: string
    mode: string
    size: number
  }[]
  const init = files.find(file => file.path === '/bin/keel-init')
  const programs = files.filter(
    file => file.in === 'root' && file.kind === 'file' && (Number.parseInt(file.mode, 8) & 0o111) !== 0,
  )
  return [
    { what: 'keel-init', unit: 'MiB', value: init ? init.size / MIB : undefined, goal: 3.5 },
    {
      what: 'image: kernel and initramfs',
      unit: 'MiB',
      value: size('vmlinuz') + size('initramfs.cpio'),
      peer: 'Debian: 169.9 MB squashfs without kernel',
    },
    {
      what: 'executable files in the root',
      unit: '',
      value: programs.length,
      peer: 'Debian with cloud-init: 948',
    },
  ]
}
