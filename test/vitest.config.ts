import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** One project per level of docs/testing.md; `npm run test:<level>` runs one. */
const QUICK = ['tidy', 'unit', 'golden', 'contract', 'docs', 'cli', 'editors']
/** Levels that build or measure: one file at a time, with room for a slow machine. */
const SLOW = ['network', 'image', 'terraform']
/** Levels whose machines boot the image; slow as well. The last one is of `npm run test:long` alone. */
const BOOTING = ['vm', 'libvirt', 'vagrant', 'cluster', 'long']

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    // Vitest leaves one processor out, which is half of a small machine.
    maxWorkers: availableParallelism(),
    projects: [...QUICK, ...SLOW, ...BOOTING].map(name => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        ...(BOOTING.includes(name) ? { globalSetup: 'test/vm/global-setup.ts' } : {}),
        fileParallelism: QUICK.includes(name),
        // Pure functions: what one file has loaded serves the next, and half the time of most files is loading.
        isolate: name !== 'unit',
        testTimeout: QUICK.includes(name) ? 30_000 : 600_000,
        hookTimeout: QUICK.includes(name) ? 120_000 : 1_800_000,
      },
    })),
  },
})
