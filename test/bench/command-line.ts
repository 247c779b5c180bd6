import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { butaneConfigOf, nodeConfigOf } from './many-files.ts'
import { timeProcesses } from './processes.ts'
import type { Line } from './table.ts'

const FILES = 10_000

/** How fast keelctl is: its cold start against Node's own, and a large config against Butane. */
export async function benchCommandLine(root: string, butane: string): Promise<Line[]> {
  const dir = mkdtempSync(join(tmpdir(), 'keel-bench-'))
  try {
    return [...(await coldStart(root, dir)), ...(await largeConfig(root, butane, dir))]
  } finally {
    rmSync(dir, { recursive: true })
  }
}

async function coldStart(root: string, dir: string): Promise<Line[]> {
  const argv = [
    process.execPath,
    join(root, 'dist/keelctl'),
    'transpile',
    join(root, 'fixtures/demo/worker.keel.yaml'),
  ]
  const unwritable = join(dir, 'no-folder')
  writeFileSync(unwritable, '')
  const times = await timeProcesses(
    [
      { name: 'node', argv: [process.execPath, '-e', '0'] },
      { name: 'no cache', argv, env: { KEEL_CACHE: unwritable } },
      { name: 'cache', argv, env: { KEEL_CACHE: join(dir, 'cache') } },
    ],
    21,
  )
  const node = times.get('node')
  return [
    {
      what: 'keelctl transpile, cold, no code cache',
      unit: 'ms',
      value: times.get('no cache'),
      baseline: 'node -e 0',
      base: node,
      goal: 1.35,
    },
    {
      what: 'keelctl transpile, cold, code cache',
      unit: 'ms',
      value: times.get('cache'),
      baseline: 'node -e 0',
      base: node,
      goal: 1.25,
    },
  ]
}

async function largeConfig(root: string, butane: string, dir: string): Promise<Line[]> {
  const config = join(dir, 'many.keel.yaml')
  writeFileSync(config, nodeConfigOf(FILES))
  const times = await timeProcesses(
    [
      {
        name: 'keelctl',
        argv: [
          process.execPath,
          join(root, 'dist/keelctl'),
          'transpile',
          config,
          '-o',
          join(dir, 'many.json'),
        ],
        env: { KEEL_CACHE: join(dir, 'cache') },
      },
      { name: 'butane', argv: [butane], input: butaneConfigOf(FILES) },
    ],
    5,
  )
  const written = JSON.parse(readFileSync(join(dir, 'many.json'), 'utf8')) as {
    storage: { files: unknown[] }
  }
  if (written.storage.files.length !== FILES)
    throw new Error(`keelctl wrote ${written.storage.files.length} files`)
  return [
    {
      what: `keelctl transpile, ${FILES} files`,
      unit: 'ms',
      value: times.get('keelctl'),
      baseline: 'Butane, the same files',
      base: times.get('butane'),
      goal: 0.25,
    },
  ]
}
