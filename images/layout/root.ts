import type { FileRow, Recipe } from '../recipe.ts'
import type { TreeEntry } from '../step.ts'
import { MODULE_LISTS, OF_KERNEL } from '../steps/module-lists.ts'
import {
  type KernelModule,
  type ModuleIndex,
  type ModuleLists,
  moduleIndex,
  resolveModules,
} from './modules.ts'
import { ociArchive } from './oci.ts'

/** What the steps made, as the layout needs it. */
export interface Parts {
  /** `uname -r` of the kernel. */
  readonly release: string
  readonly lists: ModuleLists
  /** The bytes of a file of a step's output. */
  readonly file: (step: string, path: string) => Uint8Array
  /** The files below a folder of a step's output, as paths from there. */
  readonly files: (step: string, folder: string) => readonly string[]
}

const reasonOfDependency = (name: string, all: readonly KernelModule[]): string =>
  `Needed by the module ${all
    .filter(module => module.deps.includes(name))
    .map(module => module.name)
    .join(' and ')}.`

const modulesOf = (recipe: Recipe, parts: Parts, loads: readonly string[]): KernelModule[] =>
  resolveModules(
    parts.lists,
    recipe.modules.filter(row => loads.includes(row.load)).map(row => row.name),
  )

/** The folder of modules with its index and list, for the root or for the initramfs. What is loaded `before` needs no file. */
function modulesTree(
  recipe: Recipe,
  parts: Parts,
  loads: readonly string[],
  listed: string,
  before: readonly KernelModule[] = [],
): TreeEntry[] {
  const rows = recipe.modules.filter(row => loads.includes(row.load))
  const modules = modulesOf(recipe, parts, loads)
  const isNew = ({ name }: KernelModule): boolean => !before.some(module => module.name === name)
  const index: ModuleIndex = moduleIndex(parts.lists, modules)
  const folder = `/lib/modules/${parts.release}`
  const onlyOf = specialised(rows, parts.lists)
  const wanted = recipe.modules.filter(row => row.load === listed).map(row => `${row.name}\n`)
  return [
    ...modules.filter(isNew).map(
      ({ name, file }): TreeEntry => ({
        kind: 'file',
        path: `${folder}/${file}`,
        mode: 0o644,
        bytes: parts.file(recipe.kernel, `usr/lib/modules/${parts.release}/${file}`),
        why: rows.find(row => row.name === name)?.why ?? reasonOfDependency(name, modules),
        ...onlyOf(name),
      }),
    ),
    textEntry(
      `${folder}/modules.keel`,
      `${JSON.stringify(index)}\n`,
      'Tells init which file a module is, and what it needs first.',
    ),
    textEntry('/etc/keel/modules', wanted.join(''), 'The modules that init loads by itself, in this order.'),
  ]
}

/** Which modules only some machines open: those that no row for every machine names or needs. */
function specialised(
  rows: Recipe['modules'],
  lists: ModuleLists,
): (name: string) => { only?: 'uefi' | 'hardware' } {
  const namesOf = (some: Recipe['modules']): Set<string> =>
    new Set(
      resolveModules(
        lists,
        some.map(row => row.name),
      ).map(({ name }) => name),
    )
  const common = namesOf(rows.filter(row => row.only === undefined))
  const uefi = namesOf(rows.filter(row => row.only === 'uefi'))
  return name => (common.has(name) ? {} : { only: uefi.has(name) ? 'uefi' : 'hardware' })
}

const textEntry = (path: string, text: string, why: string): TreeEntry => ({
  kind: 'file',
  path,
  mode: 0o644,
  bytes: Buffer.from(text),
  why,
})

function entryOf({ path, mode, from, why }: FileRow, parts: Parts): TreeEntry {
  if ('dir' in from) return { kind: 'dir', path, mode, why }
  if ('link' in from) return { kind: 'link', path, mode, target: from.link, why }
  return { kind: 'file', path, mode, bytes: bytesOf(from, parts), why }
}

function bytesOf(from: Exclude<FileRow['from'], { dir: true } | { link: string }>, parts: Parts): Uint8Array {
  if ('text' in from) return Buffer.from(from.text)
  if ('file' in from) return parts.file(from.step, from.file)
  const names = [...parts.files(from.step, from.folder)].sort()
  const texts = names.map(name => Buffer.from(parts.file(from.step, `${from.folder}/${name}`)).toString())
  return Buffer.from(texts.map(text => (text.endsWith('\n') ? text : `${text}\n`)).join(''))
}

/** The archives of the container images that the root carries. */
export const imageArchives = (recipe: Recipe, parts: Parts): TreeEntry[] =>
  recipe.images.map(({ name, workload, path, why }) => ({
    kind: 'file',
    path,
    mode: 0o644,
    bytes: ociArchive(name, workload, parts.file(`workload-${workload}`, workload)),
    why,
  }))

/** containerd's store as step `store` made it of those archives; without an image there is none. */
const storeTree = ({ images }: Recipe, { file, files }: Parts): TreeEntry[] =>
  (images.length === 0 ? [] : files('store', '.')).map(path => ({
    kind: 'file',
    path: `${STORE}/${path}`,
    // What containers see of it is one program each.
    mode: path.includes('/fs/') ? 0o755 : 0o600,
    bytes: file('store', path),
    why: "Of containerd's store, which init copies to an empty disk: with it the images above need no import.",
  }))

/** Every entry of the read-only root, sorted by path, parents included. `without` leaves files out: the proofs use it. */
export function rootTree(recipe: Recipe, parts: Parts, without: readonly string[] = []): TreeEntry[] {
  const images = [...imageArchives(recipe, parts), ...storeTree(recipe, parts)]
  const files = recipe.files.map(row => entryOf(row, parts))
  const before = modulesOf(recipe, parts, ['initramfs'])
  const modules = modulesTree(recipe, parts, ['early', 'boot', 'device', 'ask'], 'boot', before)
  const about = [...kernelEntries(recipe, parts), ...moduleLists(parts)]
  return withParents([...files, ...images, ...modules, ...about], without)
}

/** The image's modules, those of the initramfs included, and what depmod makes its lists of. */
export function listedModules(recipe: Recipe, parts: Parts): TreeEntry[] {
  const { file, release } = parts
  const folder = `/lib/modules/${release}`
  const entry = (name: string): TreeEntry => ({
    kind: 'file',
    path: `${folder}/${name}`,
    mode: 0o644,
    bytes: file(recipe.kernel, `usr/lib/modules/${release}/${name}`),
    why: 'Listed by depmod.',
  })
  const modules = modulesOf(recipe, parts, ['initramfs', 'early', 'boot', 'device', 'ask'])
  return withParents([...modules.map(one => one.file), ...OF_KERNEL].map(entry), [])
}

/** What step `module-lists` made of them. */
const moduleLists = ({ file, release }: Parts): TreeEntry[] =>
  Object.entries(MODULE_LISTS).map(([name, why]) => ({
    kind: 'file',
    path: `/lib/modules/${release}/${name}`,
    mode: 0o644,
    bytes: file('module-lists', name),
    why,
    only: 'workload',
  }))

/** What the kernel package says about the kernel itself. */
const kernelEntries = ({ kernel }: Recipe, { file, release }: Parts): TreeEntry[] => [
  {
    kind: 'file',
    path: `/lib/modules/${release}/config`,
    mode: 0o644,
    bytes: file(kernel, `boot/config-${release}`),
    why: 'kubeadm looks here whether the kernel has what containers need, and joins nothing without it.',
  },
  {
    kind: 'file',
    path: `/lib/modules/${release}/modules.builtin`,
    mode: 0o644,
    bytes: file(kernel, `usr/lib/modules/${release}/modules.builtin`),
    why: 'A module that a config names may be part of the kernel: then it needs no file.',
  },
]

const STORE = '/lib/keel/store'

/** PID 1. It is in the image once: the root has a place for it. */
export const INIT = { path: '/init', step: 'keel-init' }
const ROOT_IMAGE = '/root.img'

/**
 * The entries that the initramfs holds as they are, which is the root image, and those that are packed: an image that is
 * packed already would only cost memory and time.
 */
export const archivesOf = (tree: readonly TreeEntry[]): { plain: TreeEntry[]; packed: TreeEntry[] } => ({
  plain: tree.filter(({ path }) => path === ROOT_IMAGE),
  packed: tree.filter(({ path }) => path !== ROOT_IMAGE),
})

/** Those that every machine loads, and those that only an image on trial loads there, which UEFI has started. */
function modulesOfInitramfs(recipe: Recipe, parts: Parts): TreeEntry[] {
  const folder = `/lib/modules/${parts.release}`
  const always = modulesOf(recipe, parts, ['initramfs']).map(({ file }) => `${folder}/${file}`)
  const isOfTrial = ({ path }: TreeEntry): boolean =>
    path.startsWith(`${folder}/kernel/`) && !always.includes(path)
  return modulesTree(recipe, parts, ['initramfs', 'early'], 'initramfs').map(entry =>
    isOfTrial(entry) ? { ...entry, only: 'uefi' } : entry,
  )
}

/** Every entry of the first root, which the kernel unpacks into memory. */
export function initramfsTree(
  recipe: Recipe,
  parts: Parts,
  root: Uint8Array,
  without: readonly string[] = [],
): TreeEntry[] {
  const init = parts.file(INIT.step, 'keel-init')
  const entries: TreeEntry[] = [
    {
      kind: 'file',
      path: INIT.path,
      mode: 0o755,
      bytes: init,
      why: 'The kernel starts it as PID 1; it brings up the root image and goes there.',
    },
    {
      kind: 'char',
      path: '/dev/console',
      mode: 0o600,
      major: 5,
      minor: 1,
      why: 'Without it PID 1 has no output until /dev is mounted.',
    },
    ...modulesOfInitramfs(recipe, parts),
    { kind: 'file', path: ROOT_IMAGE, mode: 0o644, bytes: root, why: 'The read-only root.' },
  ]
  const mounts = ['/proc', '/sys', '/run'].map(
    (path): TreeEntry => ({ kind: 'dir', path, mode: 0o755, why: 'Mount point.' }),
  )
  return withParents([...entries, ...mounts], without)
}

function withParents(entries: readonly TreeEntry[], without: readonly string[]): TreeEntry[] {
  const byPath = new Map(
    entries.filter(({ path }) => !without.includes(path)).map(entry => [entry.path, entry]),
  )
  for (const { path } of [...byPath.values()]) {
    for (const parent of parentsOf(path)) {
      if (!byPath.has(parent))
        byPath.set(parent, { kind: 'dir', path: parent, mode: 0o755, why: 'Holds what is below it.' })
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** `/a` and `/a/b` of `/a/b/c`. */
const parentsOf = (path: string): string[] =>
  [...path.matchAll(/\//g)].slice(1).map(match => path.slice(0, match.index))
