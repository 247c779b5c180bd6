// The fuzz targets of init-stub/fuzz. No dependencies.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'

/** The crate of the targets. */
export const FUZZ = join(root, 'init-stub', 'fuzz')

/** Every target has a program of its name. */
export function targets() {
  return readdirSync(join(FUZZ, 'fuzz_targets'))
    .map(file => file.replace(/\.rs$/, ''))
    .sort()
}
