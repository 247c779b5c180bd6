import { escaped } from './qemu-escape.ts'

/** Something to read from that is no disk of the node: a seed, a config drive. */
export type Medium = {
  file: string
  /** `disk` is a virtio disk; the other two are CD-ROM drives, behind AHCI and behind virtio-scsi. */
  as: 'disk' | 'ide-cd' | 'scsi-cd'
}

/** QEMU's arguments for media, all of them read-only. */
export function mediaArgs(media: Medium[]): string[] {
  const hasScsi = media.some(medium => medium.as === 'scsi-cd')
  return [
    ...(hasScsi ? ['-device', 'virtio-scsi-pci,id=scsi'] : []),
    ...media.flatMap((medium, index) => [
      ...['-drive', driveOf(medium, `medium${index}`)],
      ...['-device', `${DEVICES[medium.as]},drive=medium${index}`],
    ]),
  ]
}

const DEVICES = { disk: 'virtio-blk-pci', 'ide-cd': 'ide-cd', 'scsi-cd': 'scsi-cd,bus=scsi.0' }

function driveOf({ file, as }: Medium, id: string): string {
  const kind = as === 'disk' ? '' : 'media=cdrom,'
  return `if=none,id=${id},format=raw,readonly=on,${kind}file=${escaped(file)}`
}
