import { execFileSync } from 'node:child_process'

/** The PXE folder of the recipe `metal`, which two levels look at. */
export const METAL_FOLDER = 'dist/image-metal-pxe'

/** Builds it, or finds it built. Hardware needs no word for an emulated machine's timer (images/recipes/cloud.ts); here it is emulated. */
export function buildMetalFolder(): void {
  const argv = ['dist/keelctl', 'image', 'build', '--recipe', 'metal', '--as', 'pxe', '-o', METAL_FOLDER]
  execFileSync('node', [...argv, '--cmdline', 'no_timer_check'], { stdio: 'pipe' })
}
