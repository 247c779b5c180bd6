/** Whose a path on the node is, and whether the user's use of it would be in the way. */

/** What is to be at a path. */
export type PathUse = 'directory' | 'file' | 'link' | 'persist' | 'mount' | 'image'

export interface OwnedPath {
  readonly path: string
  /**
   * `all`: no entry of the user may be there. `contents`: only a filesystem or a persisted path may be there.
   * `directory`: the user's files may be in it, but it is not a file itself.
   * `file`: its owner writes one file. `generated`: init writes the file unless the config declares it.
   */
  readonly what: 'all' | 'contents' | 'directory' | 'file' | 'generated'
  readonly owner: 'Keel' | 'kubeadm' | 'the kubelet' | 'containerd'
  /** What does in the node config what the user may have wanted. */
  readonly instead?: string
}

/** Another user of the same paths. */
export interface Owned {
  readonly place: string
  readonly owner: string
  readonly instead: string | undefined
}

/** Who owns the path, if the user's use of it would be in the way. */
export function ownerOf(path: string, use: PathUse, owned: readonly OwnedPath[]): Owned | undefined {
  const isUsable = (one: OwnedPath): boolean => {
    const isInside = path !== one.path
    if (one.what === 'all') return false
    if (one.what === 'contents') return use === 'persist' || use === 'mount'
    if (one.what === 'directory') return isInside || use !== 'file'
    return one.what === 'generated' && !isInside && (use === 'file' || use === 'link')
  }
  const found = owned.find(one => (path === one.path || path.startsWith(`${one.path}/`)) && !isUsable(one))
  return found && { place: found.path, owner: found.owner, instead: found.instead }
}

/** A path below this one that is owned: here must be a directory. */
export function ownedBelow(path: string, owned: readonly OwnedPath[]): string | undefined {
  return owned.find(one => one.path.startsWith(`${path}/`))?.path
}
