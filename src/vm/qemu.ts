import { NAMES } from '../../schema/names.ts'
import { escaped } from './qemu-escape.ts'
import { type BootSource, bootSourceArgs } from './qemu-firmware.ts'
import { type Medium, mediaArgs } from './qemu-media.ts'
import { type Nic, networkArgs } from './qemu-network.ts'

/** What a virtual machine consists of. Everything QEMU could choose by itself is chosen here. */
export type Parts = {
  starts: BootSource
  /** Bytes of the machine config, given as the fw_cfg file `opt/dev.keel/config`. */
  configFile?: string
  accelerator: Accelerator
  cpus: number
  memoryMib: number
  disks: Disk[]
  /** Ports of the guest to which ports of the host's loopback address lead. */
  forwards: number[]
  /** Network cards; absent: one in a network that reaches nothing. */
  nics?: Nic[]
  /** Media that can be read and are not disks of the node. */
  media?: Medium[]
  /** What the firmware reports about the machine. */
  smbios?: SmbiosTable[]
  /** The machine's SMBIOS UUID; absent: all zeros, as with QEMU. */
  uuid?: string
  /** Whether it has a watchdog of its own, an i6300ESB that resets it. */
  hasWatchdog?: boolean
  /** What the hardware clock shows at power-on, as `2035-01-01T00:00:00`; absent: the host's time. */
  clock?: string
}

/** A machine that this process talks to. */
export type Machine = Parts & {
  /** Unix socket on which the caller listens for events. */
  eventSocket: string
  /** Unix socket on which QEMU listens for commands. */
  commandSocket: string
  /** Everything the guest writes on its serial console. */
  consoleFile: string
  /** A file or FIFO from which the guest's serial console reads; absent: nobody types there. */
  consoleInput?: string
  /** Whether it starts again after a reset; absent: a reset ends QEMU. */
  restarts?: boolean
  /** Unix socket on which QEMU listens for a debugger. */
  debugSocket?: string
}

/** Where the serial console and the events of a machine lead, as QEMU's words for a character device. */
type CharacterDevices = { console: string; events?: string | undefined }

/** One `-smbios` option: the table's type and its fields, as `{ type: 1, fields: { manufacturer: 'Hetzner' } }`. */
export type SmbiosTable = { type: number; fields: Record<string, string> }

export type Accelerator = 'tcg' | 'kvm'

/** One disk. Its contents reach the host's page cache at once, so killing QEMU cuts the power but loses no write. */
export type Disk = {
  file: string
  serial: string
  /** Absent: raw. */
  format?: 'raw' | 'qcow2'
  /** Absent: virtio. An SD card has no serial number, and its size is a power of two. */
  behind?: 'ahci' | 'nvme' | 'usb' | 'sd' | 'pvscsi' | 'megasas' | 'mptsas' | undefined
  /** Absent: 512. */
  sectorBytes?: 512 | 4096 | undefined
}

/**
 * The kernel command line of every machine: a serial console, and a reset instead of a hang when the kernel panics. The kernel's
 * check that the timer ticks in time is for boards; an emulated machine fails it when its host is busy.
 */
export const CMDLINE = 'console=ttyS0 panic=-1 loglevel=4 net.ifnames=0 no_timer_check'

/**
 * Everything that QEMU can emulate but the promise that copying byte by byte is fast: the kernel believes it, clears and
 * copies every page that way, and QEMU then does so one byte at a time.
 */
export const EMULATED_CPU = { model: 'max', without: ['erms', 'fsrm'] }

/** What a machine has when nobody says otherwise. */
export const DEFAULTS = { cpus: 2, memoryMib: 2048, diskSerial: 'keel-disk' }

/** QEMU's arguments for a machine that this process talks to. Pure, so that a test can read them. */
export function qemuArgs(machine: Machine): string[] {
  const input = machine.consoleInput === undefined ? '' : `,input-path=${escaped(machine.consoleInput)}`
  const ends = {
    console: `file,path=${escaped(machine.consoleFile)}${input}`,
    events: `socket,path=${escaped(machine.eventSocket)}`,
  }
  return [
    ...(machine.restarts ? [] : ['-no-reboot']),
    ...['-qmp', `unix:${escaped(machine.commandSocket)},server=on,wait=off`],
    ...(machine.debugSocket === undefined ? [] : debugArgs(machine.debugSocket)),
    ...partsArgs(machine, ends),
  ]
}

/** QEMU's arguments for a machine that a person starts in a terminal, which is its serial console and QEMU's own prompt. */
export function terminalArgs(parts: Parts, eventsFile: string | undefined): string[] {
  const events = eventsFile === undefined ? undefined : `file,path=${escaped(eventsFile)}`
  return [
    ...partsArgs(parts, { console: 'stdio,mux=on,signal=off', events }),
    ...['-mon', 'chardev=console,mode=readline'],
  ]
}

function partsArgs(machine: Parts, ends: CharacterDevices): string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', 'q35,vmport=off', '-smp', String(machine.cpus), '-m', String(machine.memoryMib)],
    ...(machine.accelerator === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host']
      : ['-accel', 'tcg,thread=multi', '-cpu', emulatedCpu()]),
    ...bootSourceArgs(machine.starts),
    ...['-chardev', `${ends.console},id=console`, '-serial', 'chardev:console'],
    ...(ends.events === undefined ? [] : eventArgs(ends.events)),
    ...['-device', 'virtio-rng-pci'],
    ...(machine.hasWatchdog ? ['-device', 'i6300esb', '-watchdog-action', 'reset'] : []),
    ...[...new Set(machine.disks.flatMap(({ behind }) => (behind && CONTROLLERS[behind]) ?? []))].flatMap(
      controller => ['-device', controller],
    ),
    ...machine.disks.flatMap((disk, i) => diskArgs(disk, i, machine.starts.from === 'disk')),
    ...mediaArgs(machine.media ?? []),
    ...networkArgs(machine.nics, machine.forwards, machine.starts.from === 'network'),
    ...(machine.smbios ?? []).flatMap(smbiosArgs),
    ...(machine.uuid ? ['-uuid', machine.uuid] : []),
    ...(machine.clock ? ['-rtc', `base=${machine.clock}`] : []),
    ...(machine.configFile
      ? ['-fw_cfg', `name=${NAMES.fwCfg.name},file=${escaped(machine.configFile)}`]
      : []),
  ]
}

const emulatedCpu = (): string =>
  [EMULATED_CPU.model, ...EMULATED_CPU.without.map(feature => `${feature}=off`)].join(',')

const debugArgs = (path: string): string[] => [
  ...['-chardev', `socket,path=${escaped(path)},server=on,wait=off,id=debug`],
  ...['-gdb', 'chardev:debug'],
]

const eventArgs = (chardev: string): string[] => [
  ...['-chardev', `${chardev},id=events`],
  ...['-device', 'virtio-serial-pci', '-device', `virtserialport,chardev=events,name=${NAMES.events.name}`],
]

/** What must be there for a disk to be attached to; AHCI is the machine's own. */
const CONTROLLERS: Partial<Record<NonNullable<Disk['behind']>, string>> = {
  usb: 'qemu-xhci,id=usb',
  sd: 'sdhci-pci',
  pvscsi: 'pvscsi,id=pvscsi',
  megasas: 'megasas-gen2,id=megasas',
  mptsas: 'mptsas1068,id=mptsas',
}

const DEVICES: Record<NonNullable<Disk['behind']>, (index: number) => string> = {
  ahci: index => `ide-hd,bus=ide.${index}`,
  nvme: () => 'nvme',
  usb: () => 'usb-storage,bus=usb.0',
  sd: () => 'sd-card',
  pvscsi: () => 'scsi-hd,bus=pvscsi.0',
  megasas: () => 'scsi-hd,bus=megasas.0',
  // Without an address of its own a SAS disk is not attached.
  mptsas: index => `scsi-hd,bus=mptsas.0,wwn=0x5000c5000000000${index}`,
}

/** The first disk is the one that a machine starts from. */
function diskArgs(disk: Disk, index: number, starts: boolean): string[] {
  const device = disk.behind === undefined ? 'virtio-blk-pci' : DEVICES[disk.behind](index)
  const serial = disk.behind === 'sd' ? '' : `,serial=${disk.serial}`
  const sectors = disk.sectorBytes
    ? `,logical_block_size=${disk.sectorBytes},physical_block_size=${disk.sectorBytes}`
    : ''
  const order = starts && index === 0 ? ',bootindex=0' : ''
  return [
    ...[
      '-drive',
      `if=none,id=disk${index},format=${disk.format ?? 'raw'},discard=unmap,file=${escaped(disk.file)}`,
    ],
    ...['-device', `${device},drive=disk${index}${serial}${sectors}${order}`],
  ]
}

function smbiosArgs({ type, fields }: SmbiosTable): string[] {
  const values = Object.entries(fields).map(([name, value]) => `${name}=${escaped(value)}`)
  return ['-smbios', [`type=${type}`, ...values].join(',')]
}
