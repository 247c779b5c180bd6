import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpio } from '../../images/layout/cpio.ts'
import { type MachineOptions, machineInFolder } from '../../src/vm/machine-in-folder.ts'
import { type Inside, type NodeEvent, startVm, type Vm, VmError } from '../../src/vm/vm.ts'
import { emptyDisk } from '../vm/disk.ts'
import { inFolder, type Workspace } from './workspace.ts'

/** Bytes. */
export const MIB = 1024 ** 2
const DISK_MIB = 4096
const DEADLINE_MS = 240_000
/** Units of utime and stime in /proc/PID/stat; the kernel's USER_HZ is 100 on every architecture. */
const TICKS_PER_SECOND = 100
/** The console is emulated, and slow: what the kernel prints is not part of what is measured. */
const QUIET = 'loglevel=3'

/** Where a measured machine differs from the usual one. */
export type Machine = Partial<
  Pick<MachineOptions, 'config' | 'cmdline' | 'disks' | 'hardware' | 'memoryMib'>
> & {
  inside?: Inside
}

/** Boots a machine in a folder, measures it, and pulls the plug. Without a `disks` of its own it has none. */
export async function boot<T>(
  workspace: Workspace,
  dir: string,
  { inside, ...options }: Machine,
  measure: (vm: Vm) => Promise<T>,
): Promise<T> {
  const machine = machineInFolder(dir, {
    ...(await workspace.machine()),
    disks: [],
    memoryMib: 2048,
    ports: [],
    ...options,
    cmdline: [QUIET, options.cmdline].filter(Boolean).join(' '),
  })
  // No deadline here: with one, the process id would be that of another program. Every wait below has one.
  const vm = await startVm(machine, undefined, inside)
  try {
    return await measure(vm)
  } finally {
    vm.kill()
    await vm.exited
  }
}

/**
 * Does work with a machine in a folder, and once more if QEMU ends by itself: with several processors it has a race that aborts
 * a boot now and then, which would cost a whole part its figures.
 */
export function withMachine<T>(work: (dir: string) => Promise<T>): Promise<T> {
  return inFolder(work).catch((error: Error) => {
    if (!(error instanceof VmError && /QEMU ended/.test(error.reason))) throw error
    process.stderr.write(`  once more: ${error.reason}\n`)
    return inFolder(work)
  })
}

/** An empty disk with the serial that configs look for. */
export const newDisk = (dir: string) => ({
  file: emptyDisk(join(dir, 'disk.img'), DISK_MIB),
  serial: 'keel-disk',
})

/** Waits for an event, of one supervised process if named. A boot that fails is an error at once. */
export async function eventOf(vm: Vm, type: string, process?: string): Promise<NodeEvent> {
  const isIt = (event: NodeEvent) =>
    event.type === type && (process === undefined || event.process === process)
  return until(vm, [type, process].filter(Boolean).join(' '), isIt)
}

/** Waits for the end of a stage. */
export const stageOf = (vm: Vm, stage: string): Promise<NodeEvent> =>
  until(vm, `the end of ${stage}`, event => event.type === 'stage-finished' && event.stage === stage)

async function until(vm: Vm, what: string, isIt: (event: NodeEvent) => boolean): Promise<NodeEvent> {
  const isFatal = (event: NodeEvent) => event.type === 'failed' && event.fatal === true
  const event = await vm.waitFor(what, event => isIt(event) || isFatal(event), DEADLINE_MS)
  if (!isIt(event))
    throw new VmError(`waiting for ${what}: the boot failed: ${JSON.stringify(event.error)}`, vm)
  return event
}

/** Processor time that QEMU has used so far. */
export function cpuSeconds(vm: Vm): number {
  // The fields after the command name, which may contain spaces: utime and stime are the 12th and 13th of them.
  const fields = readFileSync(`/proc/${vm.pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Seconds from kernel start to the first instruction of a PID 1 that does nothing: what every boot figure is divided by. */
export function emptyPid1(workspace: Workspace): Promise<number> {
  return withMachine(async dir => {
    const initramfs = join(dir, 'empty.cpio')
    writeFileSync(initramfs, initramfsWith(emptyProgram(dir)))
    const { image, accelerator } = await workspace.machine()
    const options = { accelerator, disks: [newDisk(dir)], memoryMib: 2048, ports: [], cmdline: QUIET }
    const machine = machineInFolder(dir, { ...options, image: { ...image, initramfs } })
    const vm = await startVm(machine, DEADLINE_MS)
    await vm.exited
    const reported = /empty-pid1 (\d+)/.exec(vm.console())
    if (!reported) throw new VmError('QEMU ended before the empty PID 1 said a word', vm)
    return Number(reported[1]) / 1000
  })
}

function emptyProgram(dir: string): Uint8Array {
  const program = join(dir, 'empty-pid1')
  execFileSync('gcc', ['-O2', '-static', '-s', '-o', program, 'test/bench/empty-pid1.c'])
  return readFileSync(program)
}

const initramfsWith = (init: Uint8Array): Uint8Array =>
  cpio([
    { kind: 'dir', path: '/dev', mode: 0o755, why: 'Holds the console.' },
    {
      kind: 'char',
      path: '/dev/console',
      mode: 0o600,
      major: 5,
      minor: 1,
      why: 'Where it says when it was started.',
    },
    { kind: 'file', path: '/init', mode: 0o755, bytes: init, why: 'The empty PID 1.' },
  ])
