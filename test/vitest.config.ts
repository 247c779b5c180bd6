import { defineConfig } from 'vitest/config'

/** One project per level of docs/testing.md; `npm run test:<level>` runs one. */
const LEVELS = [
  'tidy',
  'unit',
  'golden',
  'contract',
  'docs',
  'cli',
  'editors',
  'network',
  'image',
  'vm',
  'libvirt',
  'cluster',
  'terraform',
  'vagrant',
  'demo',
  'bench',
] as const

/** Levels that boot machines or measure: one file at a time, with room for a slow boot. */
const SLOW: readonly string[] = [
  'network',
  'image',
  'vm',
  'libvirt',
  'cluster',
  'terraform',
  'vagrant',
  'demo',
  'bench',
]

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    projects: LEVELS.map(name => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        ...(['vm', 'libvirt', 'vagrant', 'cluster'].includes(name)
          ? { globalSetup: 'test/vm/global-setup.ts' }
          : {}),
        fileParallelism: !SLOW.includes(name),
        testTimeout: SLOW.includes(name) ? 600_000 : 30_000,
        hookTimeout: SLOW.includes(name) ? 1_800_000 : 120_000,
      },
    })),
  },
})
