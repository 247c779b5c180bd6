import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import type { ImageFiles } from '../../src/image/image-files.ts'
import { KUBELET_PORT } from '../../src/kubelet/client.ts'
import { followFile } from '../../src/vm/follow-file.ts'
import { type MachineOptions, machineInFolder } from '../../src/vm/machine-in-folder.ts'
import type { Disk } from '../../src/vm/qemu.ts'
import { type Inside, type NodeEvent, startVm, type Vm, VmError } from '../../src/vm/vm.ts'
import { transpile } from '../../transpiler/index.ts'
import { tempDir } from '../temp-dir.ts'
import { AGENT_PORT } from './agent.ts'
import { emptyDisk } from './disk.ts'

export { tempDir }

/** What a test sets for its machine; all else is the same for every test. */
export type BootOptions = {
  /** Node configs that are merged, or the bytes of a machine config as they are; absent: no source has one. */
  config?: string[] | { bytes: string | Buffer }
  /** Disk image; absent: a machine without a disk. */
  disk?: string
  /** What the disk is attached to; absent: virtio. */
  behind?: Disk['behind']
  /** Several disks, in place of `disk`. */
  disks?: Disk[]
  /** Words after the usual kernel command line. */
  cmdline?: string
  memoryMib?: number
  /** Another image than those that were built for all tests. */
  image?: ImageFiles
  /** Whether it boots the product even if its config is without Kubernetes; absent: then it boots the slim image. */
  product?: boolean
  /** Processors, network cards, media, firmware and clock, where they differ from the usual machine's. */
  hardware?: MachineOptions['hardware']
  /** The network namespace that the machine runs in; absent: this process's. */
  inside?: Inside
  /** When it is killed, for a boot that takes long; absent: after five minutes. */
  lifetimeMs?: number
}

/**
 * One processor: QEMU 10.0.2 has a race between emulated processors while the kernel maps its devices, which now and then ends
 * in an assertion (msix_table_mmio_write) or in a kernel that stalls. And so two machines fit on two cores.
 */
const CPUS = 1

/** No machine outlives this, whatever a test waits for. */
const LIFETIME_MS = 300_000

/** An empty disk that is gone when the test is over. */
export function newDisk(mib = 512): string {
  return emptyDisk(join(tempDir(), 'disk.img'), mib)
}

/** Boots a machine. It is killed when the test ends, however it ends. */
export async function boot(options: BootOptions): Promise<Vm> {
  const { accelerator, slim, ...product } = inject('image')
  const config = bytesOf(options.config)
  const built = options.product || runsKubernetes(config) ? product : slim
  const machine = machineInFolder(tempDir(), {
    image: options.image ?? built,
    accelerator,
    config,
    disks: options.disks ?? disksOf(options),
    memoryMib: options.memoryMib ?? 1024,
    cmdline: options.cmdline,
    ports: [KUBELET_PORT, AGENT_PORT],
    hardware: { cpus: CPUS, ...options.hardware },
  })
  const vm = await startVm(machine, options.lifetimeMs ?? LIFETIME_MS, options.inside)
  onTestFinished(async () => {
    vm.kill()
    await vm.exited
  })
  return vm
}

function disksOf({ disk, behind }: BootOptions): Disk[] {
  return disk === undefined ? [] : [{ file: disk, serial: 'keel-disk', behind }]
}

function bytesOf(config: BootOptions['config']): string | Buffer | undefined {
  return Array.isArray(config) ? machineConfig(config) : config?.bytes
}

/** Decided by the config that the machine gets by fw_cfg; no test gives a config with a kubelet in another way. */
function runsKubernetes(config: string | Buffer | undefined): boolean {
  try {
    const { kubernetes } = JSON.parse(String(config)) as { kubernetes?: { role?: unknown } }
    return kubernetes?.role !== undefined && kubernetes.role !== 'none'
  } catch {
    return false
  }
}

/** The machine config of node configs; a test whose config is wrong fails with what keelctl would say. */
export function machineConfig(config: string[]): string {
  const result = transpile(config.map((text, i) => ({ name: `config-${i}.keel.yaml`, text })))
  if (result.text === undefined) throw new Error(JSON.stringify(result.diagnostics, null, 2))
  return result.text
}

const BOOT_MS = 120_000

/** Waits until everything the config asks for is in place and the last stage is over. */
export async function steady(vm: Vm, withinMs = BOOT_MS): Promise<void> {
  const isLast = (event: NodeEvent) => event.type === 'stage-finished' && event.stage === 'steady'
  const event = await vm.waitFor('steady', event => isLast(event) || isFatal(event), withinMs)
  if (isFatal(event)) throw new VmError('the boot failed', vm)
}

/** Waits for the failure that ends a boot. */
export async function fatal(vm: Vm): Promise<NodeEvent> {
  const event = await vm.waitFor(
    'a fatal failure',
    event => event.type === 'steady' || isFatal(event),
    BOOT_MS,
  )
  if (event.type === 'steady') throw new VmError('the boot should have failed', vm)
  return event
}

/** Waits until the console, or what `view` makes of it, shows something: what people read comes a moment after the event. */
export function consoleShows(vm: Vm, wanted: RegExp, view = (console: string) => console): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const end = (settle: () => void) => {
      isOver = true
      clearTimeout(timer)
      settle()
    }
    const timer = setTimeout(
      () => end(() => reject(new VmError(`the console never shows ${wanted}`, vm))),
      BOOT_MS,
    )
    const look = () => !isOver && wanted.test(view(vm.console())) && end(resolve)
    onTestFinished(followFile(vm.machine.consoleFile, look))
  })
}

function isFatal(event: NodeEvent): boolean {
  return event.type === 'failed' && event.fatal === true
}

/** Presses the power button and waits until the machine is off. */
export function powerOff(vm: Vm): Promise<void> {
  return endBy(vm, 'system_powerdown')
}

/** Presses Ctrl-Alt-Del and waits for the reset, which ends QEMU: it runs with -no-reboot. */
export function ctrlAltDelete(vm: Vm): Promise<void> {
  return endBy(vm, 'ctrl_alt_delete')
}

async function endBy(vm: Vm, command: 'system_powerdown' | 'ctrl_alt_delete'): Promise<void> {
  await vm.command(command).catch((error: Error) => {
    throw new VmError(error.message, vm)
  })
  await vm.waitFor('the end of the shutdown', event => event.type === 'shutdown-finished', BOOT_MS)
  await vm.exited
}
