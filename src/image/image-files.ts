import { join } from 'node:path'

/** What a machine boots from an image of the kind `kernel`. */
export type ImageFiles = { kernel: string; initramfs: string }

/** Where `keelctl image build` puts an image, inside the checkout. */
export const IMAGE_DIR = join('dist', 'image')

/** The files of the image in a folder. */
export function imageFilesIn(dir: string): ImageFiles {
  return { kernel: join(dir, 'vmlinuz'), initramfs: join(dir, 'initramfs.cpio') }
}
