import type { BootDisk } from './gpt.ts'
import { qcow2 } from './qcow2.ts'
import { tar } from './tar.ts'

const GIB = 1024 ** 3

/**
 * A box for Vagrant's libvirt provider, of its first form: the disk, and what it is. It is not compressed, because what the disk
 * holds is already; and nobody's compressor promises the same bytes forever.
 */
export function box(disk: BootDisk): Uint8Array {
  const metadata = { provider: 'libvirt', format: 'qcow2', virtual_size: Math.ceil(disk.sizeBytes / GIB) }
  return tar([
    { name: 'metadata.json', mode: 0o644, bytes: Buffer.from(`${JSON.stringify(metadata)}\n`) },
    { name: 'box.img', mode: 0o644, bytes: qcow2(disk) },
  ])
}
