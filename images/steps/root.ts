import type { RootFormat } from '../recipe.ts'
import type { Probe, Step, TreeEntry } from '../step.ts'

interface FormatRow {
  readonly probe: Probe
  readonly argv: readonly string[]
  /** The option that costs the time, and what takes its place when time matters more than size. */
  readonly slow: string
  readonly quick: string
}

/** How each format is made so that the same files give the same bytes: fixed times, owner and volume id, no attributes. */
const FORMATS: Readonly<Record<RootFormat, FormatRow>> = {
  erofs: {
    slow: '-zlz4hc,12',
    quick: '-zlz4',
    probe: { argv: ['mkfs.erofs', '--help'] },
    argv: [
      ...['mkfs.erofs', '-zlz4hc,12', '-C65536', '-x-1', '-T0', '--all-root'],
      ...['-U', '00000000-0000-0000-0000-000000000000', '{out}/root.img', '{work}/root'],
    ],
  },
  squashfs: {
    slow: '19',
    quick: '1',
    probe: { argv: ['mksquashfs', '-version'] },
    argv: [
      ...[
        'mksquashfs',
        '{work}/root',
        '{out}/root.img',
        '-noappend',
        '-no-progress',
        '-quiet',
        '-all-root',
        '-no-xattrs',
      ],
      ...['-mkfs-time', '0', '-all-time', '0', '-comp', 'zstd', '-Xcompression-level', '19', '-b', '131072'],
    ],
  },
}

/** The read-only root as one file. `quick` is for images that live for one test: hardly compressed, made in a second. */
export const rootStep = (format: RootFormat, tree: readonly TreeEntry[], quick: boolean): Step => ({
  // A name of its own, so that tests do not push the real one out of the cache.
  id: quick ? 'scratch-root' : 'root',
  label: `root image packed as ${format}`,
  files: [],
  probes: [FORMATS[format].probe],
  needs: [],
  tree,
  commands: [{ argv: argvOf(FORMATS[format], quick), cwd: '{work}' }],
})

const argvOf = ({ argv, slow, quick: fast }: FormatRow, quick: boolean): string[] =>
  argv.map(option => (quick && option === slow ? fast : option))
