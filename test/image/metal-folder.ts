import { execFileSync } from 'node:child_process'

/** The PXE folder of the recipe `metal`, which several levels look at; KEEL_METAL_IMAGE names one that is built already. */
export const METAL_FOLDER = process.env['KEEL_METAL_IMAGE'] ?? 'dist/image-metal-pxe'

/** What an emulated machine's timer needs (images/recipes/cloud.ts); hardware does without. */
export const EMULATED = 'no_timer_check'

/** Builds it, or finds it built. */
export function buildMetalFolder(): void {
  if (process.env['KEEL_METAL_IMAGE'] !== undefined) return
  const argv = ['dist/keelctl', 'image', 'build', '--recipe', 'metal', '--as', 'pxe', '-o', METAL_FOLDER]
  execFileSync('node', [...argv, '--cmdline', EMULATED], { stdio: 'pipe' })
}
