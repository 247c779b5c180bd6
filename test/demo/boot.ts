import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageFiles } from '../../src/image/image-files.ts'
import type { KubeletAccess } from '../../src/kubelet/access.ts'
import { isRunning, KUBELET_PORT, type Kubelet, type Pod, waitForPod } from '../../src/kubelet/client.ts'
import { machineInFolder } from '../../src/vm/machine-in-folder.ts'
import type { Accelerator } from '../../src/vm/qemu.ts'
import { type NodeEvent, startVm, type Vm } from '../../src/vm/vm.ts'
import { step } from '../progress.mjs'
import { podNames } from './kept-file.ts'
import { powerOff, untilSteady } from './machine.ts'

/** What stays the same over the boots of the demo. */
export type Demo = {
  dir: string
  access: KubeletAccess
  config: string
  image: ImageFiles
  disk: string
  accelerator: Accelerator
}

/** What one boot showed, all of it read from the guest. */
export type Seen = {
  events: NodeEvent[]
  pods: { pod: Pod; output: string }[]
  versions: { containerd: string; kubelet: string }
  /** Seconds from starting QEMU to the pod's first output. */
  seconds: number
}

const LIFETIME_MS = 300_000
const POD_MS = 120_000
let boots = 0

/** Boots, waits for the pods, asks what is to be shown, and powers off by the power button. */
export async function bootAndAsk(demo: Demo, name: string): Promise<Seen> {
  boots += 1
  const dir = join(demo.dir, `boot-${boots}`)
  mkdirSync(dir)
  const disks = [{ file: demo.disk, serial: 'keel-disk' }]
  const options = {
    image: demo.image,
    accelerator: demo.accelerator,
    config: demo.config,
    memoryMib: 2048,
    disks,
    ports: [KUBELET_PORT],
  }
  const vm = await startVm(machineInFolder(dir, options), LIFETIME_MS)
  try {
    const seen = await step(name, () => askWhenSteady(vm, demo))
    await step('power button', () => powerOff(vm))
    return seen
  } finally {
    writeFileSync(join(dir, 'events.jsonl'), vm.events.map(event => `${JSON.stringify(event)}\n`).join(''))
    vm.kill()
  }
}

async function askWhenSteady(vm: Vm, demo: Demo): Promise<Seen> {
  const started = Date.now()
  await untilSteady(vm)
  const kubelet = demo.access.of(vm)
  const pods = []
  for (const name of podNames(demo.config)) {
    const pod = await waitForPod(kubelet, name, isRunning, POD_MS)
    pods.push({ pod, output: await outputOf(kubelet, pod) })
  }
  const seconds = (Date.now() - started) / 1000
  return { events: vm.events, pods, versions: await versionsOf(kubelet), seconds }
}

async function outputOf(kubelet: Kubelet, pod: Pod): Promise<string> {
  const names = (pod.status.containerStatuses ?? []).map(({ name }) => name)
  return (await Promise.all(names.map(name => kubelet.logs(pod, name)))).join('')
}

/** The kubelet says its version itself; containerd's is in its log, which the kubelet serves. */
async function versionsOf(kubelet: Kubelet): Promise<Seen['versions']> {
  const log = await kubelet.nodeLog('keel/containerd.log')
  return {
    kubelet: await kubelet.version(),
    containerd: /starting containerd.*version=(\S+)/.exec(log)?.[1] ?? 'unknown',
  }
}
