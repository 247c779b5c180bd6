import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { butaneConfigOf, nodeConfigOf } from './many-files.ts'
import { timeProcesses } from './processes.ts'
import type { Line } from './table.ts'
import { inFolder, type Workspace } from './workspace.ts'

const FILES = 10_000

/** How fast keelctl is: its cold start against Node's own, and a large config against Butane. */
export async function benchCommandLine(workspace: Workspace, write: (what: string) => void): Promise<Line[]> {
  const butane = await workspace.butane()
  return inFolder(async dir => {
    write('cold start')
    const start = await coldStart(workspace.root, dir)
    write(`${FILES} files`)
    return [...start, ...(await largeConfig(workspace.root, butane, dir))]
  })
}

async function coldStart(root: string, dir: string): Promise<Line[]> {
  // As npm installs it; and so for a Node of another V8, for which the package has no code cache.
  const [installed, bare] = ['installed', 'bare'].map(name => join(dir, name, 'dist')) as [string, string]
  cpSync(join(root, 'dist'), installed, {
    recursive: true,
    filter: from => !/\/dist\/image[a-z-]*$/.test(from),
  })
  cpSync(installed, bare, { recursive: true, filter: from => !from.endsWith('/dist/cache') })
  const config = join(root, 'fixtures/demo/worker.keel.yaml')
  const transpile = (dist: string) => [process.execPath, join(dist, 'keelctl'), 'transpile', config]
  const unwritable = join(dir, 'no-folder')
  writeFileSync(unwritable, '')
  const times = await timeProcesses(
    [
      { name: 'node', argv: [process.execPath, '-e', '0'] },
      { name: 'installed', argv: transpile(installed), env: { KEEL_CACHE: unwritable } },
      { name: 'user', argv: transpile(bare), env: { KEEL_CACHE: join(dir, 'cache') } },
      { name: 'none', argv: transpile(bare), env: { KEEL_CACHE: unwritable } },
    ],
    21,
  )
  const line = (cache: string, name: string, goal?: number): Line => ({
    what: `keelctl transpile, cold start, ${cache}`,
    unit: 'ms',
    value: times.get(name),
    baseline: 'node -e 0',
    base: times.get('node'),
    ...(goal === undefined ? {} : { goal }),
  })
  return [
    line('no code cache at all', 'none', 1.35),
    line("only the package's code cache", 'installed'),
    line("code cache in the user's cache folder", 'user', 1.25),
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
