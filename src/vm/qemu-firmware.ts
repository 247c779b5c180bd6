import { escaped } from './qemu-escape.ts'

/** What a machine starts from: a kernel that QEMU hands it, or what its firmware finds. */
export type BootSource =
  | { from: 'kernel'; kernel: string; initramfs: string; cmdline: string }
  | ({ from: 'disk' | 'network' } & Firmware)

/** The variables of UEFI are a file of the machine's own, which it writes to. */
type Firmware = { by: 'bios' } | Uefi
/** `byHttp`: from the network only by HTTP boot, which else comes after every form of PXE has given up. */
type Uefi = { by: 'uefi'; vars: string; byHttp?: boolean }

/** Firmware as Debian's package ovmf has it; `vars` is what a machine's own variables begin as. */
export const UEFI = {
  code: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  vars: '/usr/share/OVMF/OVMF_VARS_4M.fd',
  /** Both in one file that nobody writes to: what the firmware would keep is gone at power-off. */
  stateless: '/usr/share/ovmf/OVMF.fd',
}

/** BIOS is what QEMU has by itself. */
export function bootSourceArgs(starts: BootSource): string[] {
  if (starts.from === 'kernel')
    return ['-kernel', starts.kernel, '-initrd', starts.initramfs, '-append', starts.cmdline]
  if (starts.by === 'bios') return []
  return [
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${UEFI.code}`],
    ...['-drive', `if=pflash,format=raw,file=${escaped(starts.vars)}`],
    ...(starts.byHttp ? ['IPv4PXESupport', 'IPv6PXESupport'].flatMap(isOff) : []),
  ]
}

/** One of OVMF's own switches. */
const isOff = (name: string): string[] => ['-fw_cfg', `name=opt/org.tianocore/${name},string=no`]
