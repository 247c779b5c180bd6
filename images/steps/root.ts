import type { Step, TreeEntry } from '../step.ts'

/** Best, and what takes a second: for images that live for one test. */
const LEVEL = { whole: '19', quick: '1' }

/** The read-only root as one file. Fixed times and owner and no attributes: the same files give the same bytes. */
export const rootStep = (tree: readonly TreeEntry[], quick: boolean): Step => ({
  // A name of its own, so that tests do not push the real one out of the cache.
  id: quick ? 'scratch-root' : 'root',
  label: 'root image made',
  files: [],
  probes: [{ argv: ['mksquashfs', '-version'] }],
  needs: [],
  tree,
  commands: [
    {
      argv: [
        ...['mksquashfs', '{work}/root', '{out}/root.img', '-noappend', '-no-progress', '-quiet'],
        ...['-all-root', '-no-xattrs', '-mkfs-time', '0', '-all-time', '0', '-b', '1M'],
        ...['-comp', 'zstd', '-Xcompression-level', quick ? LEVEL.quick : LEVEL.whole],
      ],
      cwd: '{work}',
    },
  ],
})

/** An archive of the initramfs, packed as the kernel unpacks it. */
export const archiveStep = (bytes: Uint8Array, quick: boolean): Step => ({
  id: quick ? 'scratch-initramfs' : 'initramfs',
  label: 'initramfs made',
  files: [],
  probes: [{ argv: ['zstd', '--version'] }],
  needs: [],
  tree: [{ kind: 'file', path: '/archive', mode: 0o644, bytes, why: 'The content of the archive.' }],
  commands: [
    {
      argv: ['zstd', '-q', quick ? '-1' : '-19', '{work}/root/archive', '-o', '{out}/archive'],
      cwd: '{work}',
    },
  ],
})
