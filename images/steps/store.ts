import type { Step, TreeEntry } from '../step.ts'
import { goBuild } from './go.ts'

/** A part of containerd's module, so that what makes the store and what opens it are of one version. */
const MODULE = 'images/go/containerd'
const PROGRAM = { name: 'store', package: './store', tags: [], stamp: {} }

/** containerd's store with the images of these archives in it, which no node has to import any more. `pinned` is never removed. */
export function storeStep(archives: readonly TreeEntry[], pinned: string): Step {
  // In one folder: folders would have to be entries too.
  const tree = archives.map(archive => ({
    ...archive,
    path: archive.path.slice(archive.path.lastIndexOf('/')),
  }))
  return {
    id: 'store',
    label: "containerd's store made of the preloaded images",
    files: [MODULE],
    probes: [{ argv: ['go', 'version'] }],
    needs: [],
    tree,
    commands: [
      goBuild(PROGRAM, MODULE, '{work}'),
      {
        argv: ['{work}/store', '{out}', pinned, ...tree.map(({ path }) => `{work}/root${path}`)],
        cwd: '{work}',
      },
    ],
  }
}
