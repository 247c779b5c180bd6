/** The files next to an image that describe it, so that it need not be opened. Pure. */
import { sha256 } from './keys.ts'
import { INIT } from './layout/root.ts'
import type { Component, Lock } from './lock.ts'
import type { Substitute } from './mirror.ts'
import type { Recipe } from './recipe.ts'
import type { OnlySome, TreeEntry } from './step.ts'

/** A file of the image, or the image's own file. */
export interface FileFact {
  readonly path: string
  readonly size: number
  readonly sha256: string
}

/** image.json */
export interface ImageFacts {
  readonly recipe: string
  readonly kind: string
  readonly keelVersion: string
  readonly imageVersion: string
  /** The version of the kubelet and of kubeadm; an image without them has none. */
  readonly kubernetesVersion?: string
  readonly kernelRelease: string
  /** Whether every component is the one that the lock pins. */
  readonly lockExact: boolean
  readonly substitutes: readonly Substitute[]
  /** What the image hands the kernel; a kind that another program starts has none. */
  readonly cmdline?: string
  readonly files: readonly FileFact[]
  readonly root: FileFact
  readonly components: readonly (Component & { readonly files: readonly FileFact[] })[]
}

export const factOf = (path: string, bytes: Uint8Array): FileFact => ({
  path,
  size: bytes.length,
  sha256: sha256(bytes),
})

/** files.json: every entry of the image with its reason. `in` says which of the two roots holds it. */
export interface EntryFact {
  readonly in: 'initramfs' | 'root'
  readonly path: string
  readonly kind: TreeEntry['kind']
  readonly mode: string
  readonly why: string
  readonly only?: OnlySome
  readonly target?: string
  readonly size?: number
  readonly sha256?: string
}

export function entryFacts(where: EntryFact['in'], tree: readonly TreeEntry[]): EntryFact[] {
  return tree.map(entry => {
    const { path, kind, mode, why, only } = entry
    const fact = {
      ...{ in: where, path, kind, mode: mode.toString(8).padStart(4, '0'), why },
      ...(only && { only }),
    }
    if (entry.kind === 'link') return { ...fact, target: entry.target }
    if (entry.kind !== 'file') return fact
    return { ...fact, size: entry.bytes.length, sha256: sha256(entry.bytes) }
  })
}

/** The lock's components, each with the files of the image that came from it. */
export function componentFacts(
  recipe: Recipe,
  lock: Lock,
  tree: readonly TreeEntry[],
): ImageFacts['components'] {
  const stepOf = new Map(
    recipe.files.flatMap(({ path, from }) => ('step' in from ? [[path, from.step] as const] : [])),
  )
  const originOf = (path: string): string | undefined =>
    stepOf.get(path) ??
    (path === INIT.path ? INIT.step : /\.ko(\.xz)?$/.test(path) ? recipe.kernel : undefined)
  return lock.components.map(component => ({
    ...component,
    files: tree.flatMap(entry =>
      entry.kind === 'file' && originOf(entry.path) === component.name
        ? [factOf(entry.path, entry.bytes)]
        : [],
    ),
  }))
}
