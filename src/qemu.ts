import { NAMES } from '../schema/names.ts'

/** What a virtual machine consists of. Everything QEMU could choose by itself is chosen here. */
export type Machine = {
  kernel: string
  initramfs: string
  cmdline: string
  /** Bytes of the machine config, given as the fw_cfg file `opt/dev.keel/config`. */
  configFile?: string
  accelerator: Accelerator
  cpus: number
  memoryMib: number
  disks: Disk[]
  /** Unix socket on which the caller listens for events. */
  eventSocket: string
  /** Unix socket on which QEMU listens for commands. */
  commandSocket: string
  /** Everything the guest writes on its serial console. */
  consoleFile: string
  /** Ports of the host's loopback address that lead into the guest. */
  forwards: { host: number; guest: number }[]
}

export type Accelerator = 'tcg' | 'kvm'

/** One virtio disk. Its contents reach the host's page cache at once, so killing QEMU cuts the power but loses no write. */
export type Disk = { file: string; serial: string }

/** The kernel command line of every machine: a serial console, and a reset instead of a hang when the kernel panics. */
export const CMDLINE = 'console=ttyS0 panic=-1 loglevel=4 net.ifnames=0'

/** QEMU's arguments. Pure, so that a test can read them. */
export function qemuArgs(machine: Machine): string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ...['-machine', 'q35,vmport=off', '-smp', String(machine.cpus), '-m', String(machine.memoryMib)],
    ...(machine.accelerator === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host']
      : ['-accel', 'tcg,thread=multi', '-cpu', 'max']),
    ...['-kernel', machine.kernel, '-initrd', machine.initramfs, '-append', machine.cmdline],
    ...['-chardev', `file,id=console,path=${escaped(machine.consoleFile)}`, '-serial', 'chardev:console'],
    ...['-chardev', `socket,id=events,path=${escaped(machine.eventSocket)}`],
    ...['-device', 'virtio-serial-pci', '-device', `virtserialport,chardev=events,name=${NAMES.events.name}`],
    ...['-qmp', `unix:${escaped(machine.commandSocket)},server=on,wait=off`],
    ...['-device', 'virtio-rng-pci'],
    ...machine.disks.flatMap(diskArgs),
    ...networkArgs(machine.forwards),
    ...(machine.configFile
      ? ['-fw_cfg', `name=${NAMES.fwCfg.name},file=${escaped(machine.configFile)}`]
      : []),
  ]
}

function diskArgs(disk: Disk, index: number): string[] {
  return [
    ...['-drive', `if=none,id=disk${index},format=raw,discard=unmap,file=${escaped(disk.file)}`],
    ...['-device', `virtio-blk-pci,drive=disk${index},serial=${disk.serial}`],
  ]
}

/** The guest reaches nothing outside: `restrict=on`. `romfile=` drops the network boot ROM, which nothing uses. */
function networkArgs(forwards: Machine['forwards']): string[] {
  const rules = forwards.map(({ host, guest }) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`).join('')
  return ['-netdev', `user,id=net,restrict=on${rules}`, '-device', 'virtio-net-pci,netdev=net,romfile=']
}

/** A comma ends a QEMU option's value, two are one. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,')
}
