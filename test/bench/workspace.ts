import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Kind } from '../../images/index.ts'
import { type ImageFiles, imageFilesIn } from '../../src/image/image-files.ts'
import { chooseAccelerator } from '../../src/vm/accelerator.ts'
import type { Accelerator } from '../../src/vm/qemu.ts'
import { transpile } from '../../transpiler/index.ts'
import { newFolder, removeLeftovers } from '../cluster/leftovers.ts'
import { openNetwork } from '../cluster/network.ts'
import { type Namespace, namespaceIn } from '../metadata/namespace.ts'
import { run, step } from '../progress.mjs'

/** What the parts of the benchmark are made with. What is built is built once, by the first part that wants it. */
export type Workspace = {
  /** The checkout, which is the working folder too. */
  root: string
  /** The folder of the cloud recipe's image of a kind, with the usual version of Kubernetes or another one. */
  image(kind: Kind, kubernetes?: string): Promise<string>
  /** What machines boot when nothing else is said, and how they run here. */
  machine(): Promise<{ image: ImageFiles; accelerator: Accelerator }>
  /** The peer of a large config. */
  butane(): Promise<string>
}

/** `work` keeps what was built. */
export function workspaceIn(root: string, work: string): Workspace {
  mkdirSync(work, { recursive: true })
  const image = once((kind: Kind, kubernetes?: string) => {
    const name = ['image', kind, ...(kubernetes === undefined ? [] : [kubernetes])].join('-')
    const folder = join(work, name)
    const version = kubernetes === undefined ? [] : ['--kubernetes', kubernetes]
    const argv = ['node', 'dist/keelctl', 'image', 'build', '--as', kind, ...version, '-o', folder]
    return step(`image built as ${kind}`, () => run(`bench-${name}`, argv).then(() => folder))
  })
  return {
    root,
    image,
    machine: once(async () => {
      const files = imageFilesIn(await image('kernel'))
      return { image: files, accelerator: await chooseAccelerator(files.kernel) }
    }),
    butane: once(() => {
      const program = join(work, 'butane')
      const argv = ['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', program, '.']
      const options = { cwd: join(root, 'test/bench/butane'), env: { CGO_ENABLED: '0' } }
      return step('Butane built from its module', () =>
        run('bench-butane', argv, options).then(() => program),
      )
    }),
  }
}

/** The same promise for the same words. */
function once<A extends (string | undefined)[], T>(
  make: (...words: A) => Promise<T>,
): (...words: A) => Promise<T> {
  const made = new Map<string, Promise<T>>()
  return (...words) => {
    const promise = made.get(words.join()) ?? make(...words)
    made.set(words.join(), promise)
    return promise
  }
}

/** A folder for the time that `work` takes. */
export async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'keel-bench-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A namespace for the time that `work` takes. What listens in it is to be closed by then. */
export async function inNamespace<T>(work: (namespace: Namespace) => Promise<T>): Promise<T> {
  removeLeftovers()
  const folder = newFolder()
  const network = openNetwork(basename(folder))
  try {
    return await work(namespaceIn(network))
  } finally {
    network.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The machine config of a node config and its fragments. */
export function machineConfigOf(...texts: string[]): string {
  const { text, diagnostics } = transpile(texts.map((text, i) => ({ name: `${i}.keel.yaml`, text })))
  if (text === undefined) throw new Error(JSON.stringify(diagnostics, null, 2))
  return text
}

/** The machine config of a file, with all that it names. */
export const transpiled = (file: string): string =>
  execFileSync(process.execPath, ['dist/keelctl', 'transpile', file], { encoding: 'utf8' })

/** A file of the checkout. */
export const textOf = (file: string): string => readFileSync(file, 'utf8')
