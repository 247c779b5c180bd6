/** storage → bytes and permission bits. Paths are in path order, so parents come before what is in them. */
import type {
  Contents,
  Directory,
  Disk,
  DiskSelector,
  File,
  Filesystem,
  Link,
  Partition,
  PartitionSize,
  Persist,
  Storage,
} from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import { lowerBy, type Rows } from '../../machine/rows.ts'
import { certain } from '../../rules/certain.ts'
import { bytesOf, modeOf } from '../../rules/units.ts'
import type { Item } from '../item.ts'
import { KEEL_PARTITIONS, type KeelLabel, LINUX_TYPE_GUID } from './keel-partitions.ts'
import type {
  FullDirectory,
  FullDisk,
  FullDiskMatch,
  FullFile,
  FullFilesystem,
  FullLink,
  FullPartition,
  FullPersist,
  FullStorage,
} from './types.ts'

/** Fields that pass through, and those that become numbers. */
const FILESYSTEM: Rows<FullFilesystem, Filesystem> = {
  partition: 'same',
  format: 'same',
  label: 'same',
  mountPath: 'same',
  mountOptions: 'same',
}
const PERSIST: Rows<FullPersist, Persist> = {
  path: 'same',
  partition: 'same',
  mode: ({ mode }) => bitsOf(mode),
  uid: 'same',
  gid: 'same',
}
const DIRECTORY: Rows<FullDirectory, Directory> = {
  path: 'same',
  mode: ({ mode }) => bitsOf(mode),
  uid: 'same',
  gid: 'same',
}
const FILE: Rows<FullFile, File> = { ...DIRECTORY, contents: lowerContents }
const LINK: Rows<FullLink, Link> = { path: 'same', target: 'same' }
const SELECTOR: Rows<FullDiskMatch & Item, DiskSelector> = {
  serial: 'same',
  wwid: 'same',
  model: 'same',
  transport: 'same',
  bootDisk: 'same',
  minSizeBytes: ({ minSize }) => (minSize === undefined ? undefined : bytesOf(minSize)),
  maxSizeBytes: ({ maxSize }) => (maxSize === undefined ? undefined : bytesOf(maxSize)),
}

export function lowerStorage(storage: FullStorage, origins: Origins): Storage {
  const all = <From extends Item, To extends object>(
    rows: Rows<From, To>,
    items: readonly From[],
    pathOf: (item: From) => string | undefined,
  ) => inPathOrder(items, pathOf).map(item => lowerBy(rows, item, origins))
  const pathOf = ({ path }: { readonly path: string | undefined }) => path
  return origins.from(['storage'], {
    disks: storage.disks.map(disk => lowerDisk(disk, origins)),
    filesystems: all(FILESYSTEM, storage.filesystems, ({ mountPath }) => mountPath),
    persist: all(PERSIST, storage.persist, pathOf),
    directories: all(DIRECTORY, storage.directories, pathOf),
    files: all(FILE, storage.files, pathOf),
    links: all(LINK, storage.links, pathOf),
  })
}

/** Most people write paths in order already; then there is nothing to sort. */
function inPathOrder<T>(items: readonly T[], path: (item: T) => string | undefined): readonly T[] {
  const pathOf = (item: T) => certain(path(item), 'a path')
  const isSorted = items.every((item, i) => i === 0 || pathOf(items[i - 1] as T) <= pathOf(item))
  if (isSorted) return items
  return items.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : pathOf(a) > pathOf(b) ? 1 : 0))
}

function lowerDisk({ at, match, wipe, partitions }: FullDisk, origins: Origins): Disk {
  return origins.from(at, {
    selector: lowerBy(SELECTOR, { at: [...at, 'match'], ...match }, origins),
    wipe: certain(wipe, 'wipe'),
    partitions: partitions.map(partition => lowerPartition(partition, origins)),
  })
}

function lowerPartition({ at, label, size, minSize, type }: FullPartition, origins: Origins): Partition {
  const keel = KEEL_PARTITIONS[label as KeelLabel]
  const typeGuid =
    keel?.typeGuid ?? (type === 'linux' ? LINUX_TYPE_GUID : certain(type, 'the type').toLowerCase())
  const lowered: PartitionSize =
    size === 'rest'
      ? { type: 'rest', minSizeBytes: bytesOf(certain(minSize, 'minSize')) }
      : { type: 'fixed', sizeBytes: bytesOf(certain(size, 'the size')) }
  return origins.from(
    at,
    { label: certain(label, 'the label'), typeGuid, size: origins.from([...at, 'size'], lowered) },
    { typeGuid: [...at, 'type'] },
  )
}

function lowerContents({ at: file, isImplied, contents: written }: FullFile, origins: Origins): Contents {
  const contents = certain(written, 'the contents')
  const at = isImplied ? file : [...file, 'contents']
  if ('text' in contents) return origins.from(at, { type: 'text', text: contents.text })
  return origins.from(at, { type: 'base64', base64: contents.base64 })
}

function bitsOf(mode: string | number | undefined): number {
  return certain(modeOf(mode), `the mode ${mode}`)
}
