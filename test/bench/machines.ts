import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpio } from '../../images/layout/cpio.ts'
import { chooseAccelerator } from '../../src/accelerator.ts'
import { CMDLINE, type Machine } from '../../src/qemu.ts'
import { type NodeEvent, startVm, type Vm } from '../../src/vm.ts'

const DISK_BYTES = 4 * 1024 ** 3
const DEADLINE_MS = 240_000
/** Units of utime and stime in /proc/PID/stat; the kernel's USER_HZ is 100 on every architecture. */
const TICKS_PER_SECOND = 100

/** One measured boot. */
export type MeasuredVm = {
  /** Waits for an event, of one supervised process if named. */
  event(type: string, process?: string): Promise<NodeEvent>
  /** Processor time that QEMU has used so far. */
  cpuSeconds(): number
}

/** The machines of the benchmark: always the same command line, each with a new empty disk. */
export type BenchVm = {
  /** Seconds from kernel start to the first instruction of a PID 1 that does nothing. */
  emptyPid1(): Promise<number>
  boot<T>(measure: (vm: MeasuredVm) => Promise<T>): Promise<T>
}

/** Prepares the machines: which accelerator works here, and the initramfs with the empty PID 1. */
export async function benchMachines(
  root: string,
  image: string,
  config: string,
  dir: string,
): Promise<BenchVm> {
  const kernel = join(image, 'vmlinuz')
  const accelerator = await chooseAccelerator(kernel)
  const emptyInitramfs = join(dir, 'empty.cpio')
  writeFileSync(emptyInitramfs, emptyPid1(root, dir))
  const machine = (at: string, initramfs = join(image, 'initramfs.cpio')): Machine => ({
    starts: { from: 'kernel', kernel, initramfs, cmdline: CMDLINE.replace('loglevel=4', 'loglevel=3') },
    accelerator,
    cpus: 2,
    memoryMib: 2048,
    disks: [{ file: emptyDisk(at), serial: 'keel-disk' }],
    eventSocket: join(at, 'events'),
    commandSocket: join(at, 'qmp'),
    consoleFile: join(at, 'console'),
    forwards: [],
  })
  return {
    emptyPid1: () =>
      inFolder(async at => {
        const vm = await startVm(machine(at, emptyInitramfs))
        await ended(vm)
        const said = /empty-pid1 (\d+)/.exec(vm.console())
        if (!said) throw new Error(`the empty PID 1 said nothing:\n${vm.console()}`)
        return Number(said[1]) / 1000
      }),
    boot: measure =>
      inFolder(async at => {
        const vm = await startVm({ ...machine(at), configFile: config })
        try {
          return await measure(measured(vm))
        } finally {
          vm.kill()
          await vm.exited
        }
      }),
  }
}

function measured(vm: Vm): MeasuredVm {
  return {
    event: (type, process) =>
      vm.waitFor(
        [type, process].filter(Boolean).join(' '),
        event => event.type === type && (process === undefined || event.process === process),
        DEADLINE_MS,
      ),
    cpuSeconds: () => {
      // The fields after the command name, which may hold blanks: utime and stime are the 12th and 13th of them.
      const fields = readFileSync(`/proc/${vm.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
    },
  }
}

/** A machine that turns itself off, or is turned off when it does not. */
async function ended(vm: Vm): Promise<void> {
  const timer = setTimeout(() => vm.kill(), DEADLINE_MS)
  await vm.exited.finally(() => clearTimeout(timer))
}

function emptyPid1(root: string, dir: string): Uint8Array {
  const program = join(dir, 'empty-pid1')
  execFileSync('gcc', ['-O2', '-static', '-s', '-o', program, join(root, 'test/bench/empty-pid1.c')])
  return cpio([
    { kind: 'dir', path: '/dev', mode: 0o755, why: 'Holds the console.' },
    {
      kind: 'char',
      path: '/dev/console',
      mode: 0o600,
      major: 5,
      minor: 1,
      why: 'Where it says when it was started.',
    },
    { kind: 'file', path: '/init', mode: 0o755, bytes: readFileSync(program), why: 'The empty PID 1.' },
  ])
}

function emptyDisk(at: string): string {
  const file = join(at, 'disk.img')
  writeFileSync(file, '')
  truncateSync(file, DISK_BYTES)
  return file
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'keel-bench-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}
