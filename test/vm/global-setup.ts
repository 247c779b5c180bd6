import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import type { TestProject } from 'vitest/node'
import { buildImage, cacheFolder, nodeEnvironment } from '../../images/index.ts'
import { IMAGE_DIR, type ImageFiles, imageFilesIn } from '../../src/image/image-files.ts'
import { chooseAccelerator } from '../../src/vm/accelerator.ts'
import type { Accelerator } from '../../src/vm/qemu.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The product, and the same without Kubernetes, which boots sooner. */
    image: ImageFiles & { slim: ImageFiles; accelerator: Accelerator }
  }
}

const SLIM_DIR = `${IMAGE_DIR}-slim`

/** Finds the image that `keelctl image build` left (or KEEL_IMAGE names), once for all files, builds the slim one, and says how to run them. */
export default async function setup(project: TestProject): Promise<void> {
  const given = process.env['KEEL_IMAGE']
  const image = imageFilesIn(given ?? IMAGE_DIR)
  for (const file of [image.kernel, image.initramfs]) {
    if (!existsSync(file)) throw new Error(`${file} is not there: run keelctl image build first`)
  }
  // Only this level has machines without Kubernetes; an image that somebody names is the one to test.
  const slim = project.name === 'vm' && given === undefined ? await buildSlim() : image
  project.provide('image', { ...image, slim, accelerator: await chooseAccelerator(image.kernel) })
}

async function buildSlim(): Promise<ImageFiles> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const options = {
    recipe: 'slim',
    kind: 'kernel',
    outDir: SLIM_DIR,
    locked: false,
    keelVersion: version,
    imageVersion: version,
  } as const
  const environment = nodeEnvironment(process.env, text => process.stderr.write(text), false)
  await buildImage(options, { checkout: process.cwd(), cache: cacheFolder(process.env) }, environment)
  return imageFilesIn(SLIM_DIR)
}
