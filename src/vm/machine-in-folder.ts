import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageFiles } from '../image/image-files.ts'
import { type Accelerator, CMDLINE, DEFAULTS, type Disk, type Machine } from './qemu.ts'

/** What differs between the machines that Keel boots. */
export type MachineOptions = {
  image: ImageFiles
  accelerator: Accelerator
  /** Bytes of a machine config; absent: the machine gets none from outside. */
  config?: string | Buffer | undefined
  disks: Disk[]
  memoryMib: number
  /** Words after the usual kernel command line. */
  cmdline?: string | undefined
  /** Ports of the guest that are to be reached. */
  ports: number[]
  /** Processors, network cards, media, firmware and clock, where they differ from the usual machine's. */
  hardware?:
    | Partial<
        Pick<
          Machine,
          | 'cpus'
          | 'nics'
          | 'media'
          | 'starts'
          | 'smbios'
          | 'uuid'
          | 'clock'
          | 'consoleInput'
          | 'hasWatchdog'
          | 'restarts'
          | 'debugSocket'
        >
      >
    | undefined
}

/** A machine whose sockets, console and config lie in `dir`. The path of a socket must be short: below 108 bytes. */
export function machineInFolder(dir: string, options: MachineOptions): Machine {
  const configFile = join(dir, 'machine.json')
  if (options.config !== undefined) writeFileSync(configFile, options.config, { mode: 0o600 })
  return {
    starts: {
      from: 'kernel',
      ...options.image,
      cmdline: [CMDLINE, options.cmdline].filter(Boolean).join(' '),
    },
    accelerator: options.accelerator,
    ...(options.config === undefined ? {} : { configFile }),
    cpus: DEFAULTS.cpus,
    memoryMib: options.memoryMib,
    disks: options.disks,
    eventSocket: join(dir, 'events'),
    commandSocket: join(dir, 'qmp'),
    consoleFile: join(dir, 'console'),
    forwards: options.ports,
    ...options.hardware,
  }
}
