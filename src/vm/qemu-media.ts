import { escaped } from './qemu-escape.ts'

/** A medium to read from that is not a disk of the node: a seed, a config drive. */
export type Medium = {
  file: string
  /**
   * `disk` is a virtio disk; `ide` is behind AHCI, `scsi` behind virtio-scsi, `piix` behind the controller of a pc machine;
   * `usb-disk` is a stick in a USB 3 port; `late-disk` is not there before it is plugged in, then behind virtio-scsi.
   */
  as: 'disk' | 'usb-disk' | 'ide-cd' | 'scsi-disk' | 'scsi-cd' | 'piix-cd' | 'late-disk'
}

/** QEMU's arguments for media, all of them read-only. */
export function mediaArgs(media: Medium[]): string[] {
  const controllers = new Set(media.flatMap(({ as }) => CONTROLLERS[as] ?? []))
  return [
    ...[...controllers].flatMap(controller => ['-device', controller]),
    ...media.flatMap((medium, index) => [
      ...['-drive', driveOf(medium, `medium${index}`)],
      ...(medium.as === 'late-disk' ? [] : ['-device', `${DEVICES[medium.as](index)},drive=medium${index}`]),
    ]),
  ]
}

const CONTROLLERS: Partial<Record<Medium['as'], string>> = {
  'scsi-disk': 'virtio-scsi-pci,id=scsi',
  'late-disk': 'virtio-scsi-pci,id=scsi',
  'scsi-cd': 'virtio-scsi-pci,id=scsi',
  'piix-cd': 'piix3-ide,id=piix',
  'usb-disk': 'qemu-xhci,id=usb',
}

/** Every port of the machine's own AHCI is a bus. */
const DEVICES: Record<Exclude<Medium['as'], 'late-disk'>, (index: number) => string> = {
  disk: () => 'virtio-blk-pci',
  'ide-cd': index => `ide-cd,bus=ide.${index}`,
  'usb-disk': () => 'usb-storage,bus=usb.0',
  'scsi-disk': () => 'scsi-hd,bus=scsi.0',
  'scsi-cd': () => 'scsi-cd,bus=scsi.0',
  'piix-cd': () => 'ide-cd,bus=piix.0',
}

function driveOf({ file, as }: Medium, id: string): string {
  const kind = as.endsWith('disk') ? '' : 'media=cdrom,'
  return `if=none,id=${id},format=raw,readonly=on,${kind}file=${escaped(file)}`
}
