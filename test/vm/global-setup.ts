import { existsSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { IMAGE_DIR, type ImageFiles, imageFilesIn } from '../../src/image/image-files.ts'
import { chooseAccelerator } from '../../src/vm/accelerator.ts'
import type { Accelerator } from '../../src/vm/qemu.ts'

declare module 'vitest' {
  interface ProvidedContext {
    image: ImageFiles & { accelerator: Accelerator }
  }
}

/** Finds the image that `keelctl image build` left (or KEEL_IMAGE names), once for all files, and how to run it. */
export default async function setup(project: TestProject): Promise<void> {
  const image = imageFilesIn(process.env['KEEL_IMAGE'] ?? IMAGE_DIR)
  for (const file of [image.kernel, image.initramfs]) {
    if (!existsSync(file)) throw new Error(`${file} is not there: run keelctl image build first`)
  }
  project.provide('image', { ...image, accelerator: await chooseAccelerator(image.kernel) })
}
