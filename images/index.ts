/** Building images: a recipe and a lock in, a bootable image out. */
import { apply, type BuildFolders, locate, type Outputs, prune } from './apply.ts'
import { withBuildLock } from './build-lock.ts'
import { BuildFailed, type Environment } from './environment.ts'
import { type GoModule, goModulesOf } from './go-modules.ts'
import { KINDS, type Kind } from './kinds.ts'
import { cpio } from './layout/cpio.ts'
import {
  archivesOf,
  imageArchives,
  initramfsTree,
  listedModules,
  type Parts,
  rootTree,
} from './layout/root.ts'
import {
  formatLock,
  KUBELET,
  kubernetesVersions,
  type Lock,
  type Package,
  parseLock,
  withKubernetes,
} from './lock.ts'
import { type Mirror, openMirror, repin, resolve, type Substitute } from './mirror.ts'
import { type PinStatus, pinStatuses } from './newer.ts'
import { type OutFile, outFact } from './out-file.ts'
import { kernelOf, neededOf, plan } from './plan.ts'
import type { Recipe } from './recipe.ts'
import { cloud } from './recipes/cloud.ts'
import { metal } from './recipes/metal.ts'
import { type ImageName, ukiRelease } from './recipes/os-release.ts'
import { slim } from './recipes/slim.ts'
import { componentFacts, entryFacts, factOf, type ImageFacts } from './report.ts'
import { sbom } from './sbom.ts'
import type { Step, TreeEntry } from './step.ts'
import { moduleListsStep } from './steps/module-lists.ts'
import { fetchStep, releaseOf } from './steps/packages.ts'
import { archiveStep, rootStep } from './steps/root.ts'
import { storeStep } from './steps/store.ts'

export { cacheFolder } from './apt.mjs'
export { BuildFailed, type Environment } from './environment.ts'
export { HARDWARE, type HardwareRow, modaliasOf } from './hardware.ts'
export { KINDS, type Kind } from './kinds.ts'
export { type FatFile, fat } from './layout/fat.ts'
export type { FatOptions } from './layout/fat-shape.ts'
export { iso } from './layout/iso.ts'
export type { Piece } from './layout/piece.ts'
export { isVersion } from './lock.ts'
export { isBehind, type PinStatus } from './newer.ts'
export { nodeEnvironment } from './node-environment.ts'
export {
  type BuiltComponent,
  buildClusterPrograms,
  buildLongPrograms,
  buildTerraformPrograms,
} from './programs.ts'
export { isImageVersion } from './recipes/os-release.ts'
export type { ImageFacts } from './report.ts'

type Recipes = Readonly<Record<string, (name: ImageName) => Recipe>>

/** Every recipe of the product. */
export const RECIPES: Recipes = { cloud, metal }

/** What only tests build. */
const TEST_RECIPES: Recipes = { slim }

export interface BuildOptions {
  readonly recipe: string
  readonly kind: Kind
  readonly outDir: string
  /** Kubernetes by its minor or its version; absent: the first of the lock. */
  readonly kubernetes?: string | undefined
  /** A pin that cannot be had ends the build, instead of giving way to its successor. */
  readonly locked: boolean
  readonly keelVersion: string
  /** Version of the image. */
  readonly imageVersion: string
  /** Words behind the recipe's own on the kernel command line, where the kind carries one. */
  readonly cmdline?: string | undefined
  /** Size of the partition that a disk boots from. */
  readonly espBytes?: number | undefined
  /** Files to leave out, as `/path` of the root or `initramfs:/path`. Only the proofs use it: such an image is broken on purpose. */
  readonly without?: readonly string[]
}

const LOCK = 'images/components.lock.json'
const LOCKS = [LOCK, 'images/cluster.lock.json', 'images/long.lock.json', 'images/terraform.lock.json']
const INITRAMFS = 'initramfs:'
const MIB = 1024 * 1024
/** Room for three images of one node: the one that runs, the next, and the one before. */
const ESP_BYTES = 512 * MIB

/** Builds an image into a folder, and says what is in it. */
export async function buildImage(
  options: BuildOptions,
  places: BuildFolders,
  environment: Environment,
): Promise<ImageFacts> {
  const whole = parseLock(text(environment, `${places.checkout}/${LOCK}`))
  const chosen = withKubernetes(whole, options.kubernetes)
  const kubernetes = chosen.components.find(({ name }) => name === KUBELET)?.version
  if (kubernetes === undefined)
    throw new BuildFailed(
      `${LOCK} has no Kubernetes ${options.kubernetes}`,
      `choose one of ${kubernetesVersions(whole).join(', ')}`,
    )
  const recipe = { ...RECIPES, ...TEST_RECIPES }[options.recipe]?.({ ...options, kubernetes })
  if (!recipe) throw new Error(`there is no recipe ${options.recipe}`)
  environment.fs.mkdir(places.cache)
  const onWait = (): void =>
    environment.progress.warn('another build works in the same cache; waiting for it to end')
  return withBuildLock(places.cache, onWait, async () => {
    const lock = neededOf(recipe, chosen, KINDS[options.kind].boots)
    const mirror = openMirror(lock, `${places.cache}/apt`, environment)
    const outputs: Outputs = new Map()
    const { resolvedLock, substitutes } = await makeComponents(
      recipe,
      lock,
      options.locked,
      outputs,
      places,
      environment,
      mirror,
    )
    const parts = partsOf(recipe, resolvedLock, outputs, environment)
    const make: Make = async step => {
      await apply([step], outputs, places, environment, mirror)
      return file => parts.file(step.id, file)
    }
    const roots = await makeRoots(recipe, parts, options.without ?? [], make)
    prune(places, environment)
    const modules = await goModulesOf(recipe, resolvedLock, outputs, environment)
    return pack(options, recipe, { resolvedLock, substitutes, parts, modules, ...roots }, environment)
  })
}

/** Does a step, and gives what reads the files of its output. */
type Make = (step: Step) => Promise<(file: string) => Uint8Array>

interface Roots {
  readonly tree: readonly TreeEntry[]
  readonly root: Uint8Array
  readonly first: readonly TreeEntry[]
  readonly initramfs: Uint8Array
}

/** The root image, and the initramfs around it. */
async function makeRoots(
  recipe: Recipe,
  parts: Parts,
  without: readonly string[],
  make: Make,
): Promise<Roots> {
  const isQuick = without.length > 0
  if (recipe.images.length > 0) await make(storeStep(imageArchives(recipe, parts), recipe.pinnedImage))
  await make(moduleListsStep(listedModules(recipe, parts), parts.release))
  const tree = rootTree(recipe, parts, without)
  const root = (await make(rootStep(tree, isQuick)))('root.img')
  const ofFirst = without.filter(path => path.startsWith(INITRAMFS)).map(path => path.slice(INITRAMFS.length))
  const first = initramfsTree(recipe, parts, root, ofFirst)
  const { plain, packed } = archivesOf(first)
  const archive = (await make(archiveStep(cpio(packed), isQuick)))('archive')
  // The kernel unpacks one after the other.
  return { tree, root, first, initramfs: Buffer.concat([cpio(plain), archive]) }
}

interface BuiltImage extends Roots {
  readonly resolvedLock: Lock
  readonly substitutes: readonly Substitute[]
  readonly parts: Parts
  readonly modules: ReadonlyMap<string, readonly GoModule[]>
}

/** The files of the wanted kind, and everything that is said about them. */
function pack(
  options: BuildOptions,
  recipe: Recipe,
  { resolvedLock, substitutes, parts, tree, first, modules, root, initramfs }: BuiltImage,
  environment: Environment,
): ImageFacts {
  const cmdline = [recipe.cmdline, options.cmdline ?? ''].filter(Boolean).join(' ')
  const [kubernetes] = kubernetesVersions(resolvedLock)
  const files = KINDS[options.kind].make({
    imageVersion: options.imageVersion,
    release: parts.release,
    osRelease: ukiRelease({ ...options, kubernetes }),
    cmdline,
    kernel: parts.file(recipe.kernel, `boot/vmlinuz-${parts.release}`),
    initramfs,
    init: parts.file('keel-init', 'keel-init'),
    efi: name => parts.file(recipe.loader, `usr/lib/systemd/boot/efi/${name}`),
    espBytes: options.espBytes ?? ESP_BYTES,
  })
  const facts: ImageFacts = {
    recipe: recipe.name,
    kind: options.kind,
    keelVersion: options.keelVersion,
    imageVersion: options.imageVersion,
    ...(kubernetes !== undefined && { kubernetesVersion: kubernetes }),
    kernelRelease: parts.release,
    lockExact: substitutes.length === 0,
    substitutes,
    ...(KINDS[options.kind].boots ? { cmdline } : {}),
    files: files.map(outFact),
    root: factOf('root.img', root),
    components: componentFacts(recipe, resolvedLock, [...first, ...tree]),
  }
  const entries = [...entryFacts('initramfs', first), ...entryFacts('root', tree)]
  const words = {
    'image.json': json(facts),
    'files.json': json(entries),
    'spdx.json': json(sbom(facts, modules)),
  }
  const about = Object.entries(words).map(([name, bytes]): OutFile => ({ name, bytes }))
  writeOut(options.outDir, [...files, ...about], environment)
  return facts
}

/** Pins every package of the locks to what the mirror has now. Returns the components that changed. */
export async function repinLocks(places: BuildFolders, environment: Environment): Promise<Substitute[]> {
  const { locks, mirror } = openLocks(places, environment)
  const fresh: Lock[] = []
  for (const lock of locks) fresh.push(await repin(lock, mirror, environment))
  const files = fresh.map((lock, i) => ({ name: LOCKS[i] ?? '', bytes: formatLock(lock) }))
  writeOut(places.checkout, files, environment)
  const before = locks.flatMap(({ components }) => components)
  return fresh
    .flatMap(({ components }) => components)
    .flatMap(({ name, version }, i) => {
      const pinned = before[i]?.version ?? ''
      return pinned === version ? [] : [{ name, pinned, used: version }]
    })
}

/** What there is newer than the pins of every lock. */
export async function checkPins(places: BuildFolders, environment: Environment): Promise<PinStatus[]> {
  const { locks, mirror } = openLocks(places, environment)
  return pinStatuses(locks, mirror, environment)
}

/** Every lock, and a mirror with the packages of all. */
function openLocks(places: BuildFolders, environment: Environment): { locks: Lock[]; mirror: Mirror } {
  const locks = LOCKS.map(lock => parseLock(text(environment, `${places.checkout}/${lock}`)))
  const packages = { components: locks.flatMap(({ components }) => components) }
  return { locks, mirror: openMirror(packages, `${places.cache}/apt`, environment) }
}

async function makeComponents(
  recipe: Recipe,
  lock: Lock,
  locked: boolean,
  outputs: Outputs,
  places: BuildFolders,
  environment: Environment,
  mirror: Mirror,
): Promise<{ resolvedLock: Lock; substitutes: Substitute[] }> {
  const isCached = async (component: Package): Promise<boolean> =>
    environment.fs.exists((await locate(fetchStep(component), outputs, places, environment)).dir)
  const { lock: resolvedLock, substitutes } = await resolve(lock, locked, isCached, mirror, environment)
  const cargoHome = environment.vars['CARGO_HOME'] ?? `${environment.vars['HOME'] ?? '/root'}/.cargo`
  await apply(plan(recipe, resolvedLock, cargoHome), outputs, places, environment, mirror)
  return { resolvedLock, substitutes }
}

function partsOf(recipe: Recipe, lock: Lock, outputs: Outputs, environment: Environment): Parts {
  const kernel = kernelOf(recipe, lock)
  const release = releaseOf(kernel)
  const file = (step: string, path: string): Uint8Array =>
    environment.fs.read(`${outputs.get(step)?.dir}/${path}`)
  const list = (name: string): string =>
    Buffer.from(file(recipe.kernel, `usr/lib/modules/${release}/${name}`)).toString()
  return {
    release,
    file,
    files: (step, folder) => filesBelow(`${outputs.get(step)?.dir}/${folder}`, environment),
    lists: { dep: list('modules.dep'), alias: list('modules.alias'), softdep: list('modules.softdep') },
  }
}

const filesBelow = (folder: string, environment: Environment): string[] =>
  environment.fs.list(folder).flatMap(name => {
    const path = `${folder}/${name}`
    return environment.fs.isFolder(path)
      ? filesBelow(path, environment).map(below => `${name}/${below}`)
      : [name]
  })

const text = (environment: Environment, path: string): string =>
  Buffer.from(environment.fs.read(path)).toString()
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** Each file appears whole or not at all. */
function writeOut(dir: string, files: readonly OutFile[], { fs }: Environment): void {
  fs.mkdir(dir)
  for (const file of files) {
    const path = `${dir}/${file.name}`
    if ('bytes' in file) fs.write(`${path}.tmp`, file.bytes, file.mode)
    else fs.writeSparse(`${path}.tmp`, file.sizeBytes, file.pieces)
    fs.rename(`${path}.tmp`, path)
  }
}
