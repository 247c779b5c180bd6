/** The forms an image can have. Pure: the same material gives the same files. */
import { createHash } from 'node:crypto'
import { box } from './layout/box.ts'
import { fat } from './layout/fat.ts'
import { type BootDisk, bootDisk, ESP_START } from './layout/gpt.ts'
import { ipxeScript } from './layout/ipxe.ts'
import { qcow2 } from './layout/qcow2.ts'
import { uki } from './layout/uki.ts'
import type { OutFile } from './out-file.ts'

/** What every form is made of. */
export interface ImageInputs {
  readonly imageVersion: string
  readonly release: string
  readonly osRelease: string
  /** The kernel's words, where the form carries them. */
  readonly cmdline: string
  readonly kernel: Uint8Array
  readonly initramfs: Uint8Array
  readonly init: Uint8Array
  /** EFI programs of the loader's package; asked for only by forms that boot by themselves. */
  readonly efi: (name: 'linuxx64.efi.stub' | 'systemd-bootx64.efi') => Uint8Array
  readonly espBytes: number
}

interface KindRow {
  /** For `--help` and the docs. */
  readonly description: string
  /** Whether firmware starts it, so that the loader's package is part of it. */
  readonly boots: boolean
  readonly make: (material: ImageInputs) => readonly OutFile[]
}

const UKI = 'keel.efi'

const rows = {
  kernel: {
    description: "vmlinuz and initramfs.cpio, for QEMU's -kernel and -initrd",
    boots: false,
    // The same keel-init plans on a workstation what it would do on the node.
    make: material => [...kernelFiles(material), { name: 'keel-init', bytes: material.init, mode: 0o755 }],
  },
  uki: {
    description: 'keel.efi, one program that UEFI firmware starts',
    boots: true,
    make: material => [{ name: UKI, bytes: ukiOf(material) }],
  },
  disk: {
    description: 'disk.raw, a GPT disk that boots under UEFI; sparse',
    boots: true,
    make: material => [{ name: 'disk.raw', ...diskOf(material) }],
  },
  qcow2: {
    description: 'disk.qcow2, the same disk for QEMU and libvirt',
    boots: true,
    make: material => [{ name: 'disk.qcow2', bytes: qcow2(diskOf(material)) }],
  },
  vagrant: {
    description: 'keel.box, the same disk as a box for Vagrant with libvirt',
    boots: true,
    make: material => [{ name: 'keel.box', bytes: box(diskOf(material)) }],
  },
  pxe: {
    description: 'a folder for an HTTP server: boot.ipxe with what it loads, and keel.efi for UEFI HTTP boot',
    boots: true,
    make: material => [
      ...kernelFiles(material),
      { name: 'boot.ipxe', bytes: ipxeScript(material.cmdline) },
      { name: UKI, bytes: ukiOf(material) },
    ],
  },
} satisfies Record<string, KindRow>

export type Kind = keyof typeof rows

/** Every kind of image. A kind is a row. */
export const KINDS: Readonly<Record<Kind, KindRow>> = rows

const kernelFiles = ({ kernel, initramfs }: ImageInputs): OutFile[] => [
  { name: 'vmlinuz', bytes: kernel },
  { name: 'initramfs.cpio', bytes: initramfs },
]

const ukiOf = ({ efi, osRelease, cmdline, release, initramfs, kernel }: ImageInputs): Uint8Array =>
  uki({ stub: efi('linuxx64.efi.stub'), osRelease, cmdline, release, initrd: initramfs, kernel })

/** An ESP with systemd-boot, which finds the images below EFI/Linux by itself and starts the newest. */
function diskOf(material: ImageInputs): BootDisk {
  const image = ukiOf(material)
  const loader = material.efi('systemd-bootx64.efi')
  const files = [
    { path: 'EFI/BOOT/BOOTX64.EFI', bytes: loader },
    // Each image that is installed later has a higher number: docs/boot/slots.md.
    { path: `EFI/Linux/keel-1-${material.imageVersion}.efi`, bytes: image },
    { path: 'loader/loader.conf', bytes: Buffer.from('timeout 0\neditor no\n') },
    // Firmware that refuses an image on trial goes on with its shell, if it has one: the reset leads to the next try.
    { path: 'startup.nsh', bytes: Buffer.from('reset\r\n') },
  ]
  const seed = createHash('sha256')
  for (const { path, bytes } of files) seed.update(`${path}\0${bytes.length}\0`).update(bytes)
  const digest = seed.digest()
  const sizeBytes = material.espBytes
  const id = digest.readUInt32LE(28)
  const esp = fat(files, { sizeBytes, label: 'KEEL-ESP', id, startSector: ESP_START })
  return bootDisk(esp, sizeBytes, digest)
}
