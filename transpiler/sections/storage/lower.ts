/** storage → bytes and permission bits. Paths are in path order, so parents come before what is in them. */
import type {
  Contents,
  Directory,
  Disk,
  DiskSelector,
  File,
  Filesystem,
  Partition,
  PartitionSize,
  Persist,
  Storage,
} from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import type { Path } from '../../path.ts'
import { certain } from '../../rules/certain.ts'
import { bytesOf, modeOf } from '../../rules/units.ts'
import type { FullContents } from '../item.ts'
import { KEEL_PARTITIONS, type KeelLabel, LINUX_TYPE_GUID } from './keel-partitions.ts'
import type { FullDirectory, FullDisk, FullPartition, FullStorage } from './types.ts'

export function lowerStorage(storage: FullStorage, origins: Origins): Storage {
  return origins.from(['storage'], {
    disks: storage.disks.map(disk => lowerDisk(disk, origins)),
    filesystems: inPathOrder(storage.filesystems, ({ mountPath }) => mountPath).map(
      ({ at, partition, format, mountPath, mountOptions }): Filesystem =>
        origins.from(at, { partition, format, mountPath, mountOptions: [...mountOptions] }),
    ),
    persist: inPathOrder(storage.persist, ({ path }) => path).map(
      ({ at, path, partition, mode, uid, gid }): Persist =>
        origins.from(at, { path, partition, mode: bitsOf(mode), uid, gid }),
    ),
    directories: inPathOrder(storage.directories, ({ path }) => path).map(directory =>
      lowerDirectory(directory, origins),
    ),
    files: inPathOrder(storage.files, ({ path }) => path).map(
      ({ at, path, mode, uid, gid, contents, isImplied }): File => {
        const inside = isImplied ? at : [...at, 'contents']
        return origins.from(at, {
          path,
          mode: bitsOf(mode),
          uid,
          gid,
          contents: lowerContents(contents, inside, origins),
        })
      },
    ),
    links: inPathOrder(storage.links, ({ path }) => path).map(({ at, path, target }) =>
      origins.from(at, { path, target }),
    ),
  })
}

/** Most people write paths in order already; then there is nothing to sort. */
function inPathOrder<T>(items: readonly T[], pathOf: (item: T) => string): readonly T[] {
  const isSorted = items.every((item, i) => i === 0 || pathOf(items[i - 1] as T) <= pathOf(item))
  if (isSorted) return items
  return items.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : pathOf(a) > pathOf(b) ? 1 : 0))
}

function lowerDisk({ at, match, wipe, partitions }: FullDisk, origins: Origins): Disk {
  const { serial, wwid, model, transport, bootDisk, minSize, maxSize } = match
  const selector: DiskSelector = {
    ...(serial !== undefined && { serial }),
    ...(wwid !== undefined && { wwid }),
    ...(model !== undefined && { model }),
    ...(transport !== undefined && { transport }),
    ...(bootDisk !== undefined && { bootDisk }),
    ...(minSize !== undefined && { minSizeBytes: bytesOf(minSize) }),
    ...(maxSize !== undefined && { maxSizeBytes: bytesOf(maxSize) }),
  }
  return origins.from(at, {
    selector: origins.from([...at, 'match'], selector),
    wipe,
    partitions: partitions.map(partition => lowerPartition(partition, origins)),
  })
}

function lowerPartition({ at, label, size, minSize, type }: FullPartition, origins: Origins): Partition {
  const keel = KEEL_PARTITIONS[label as KeelLabel]
  const typeGuid = keel?.typeGuid ?? (type === 'linux' ? LINUX_TYPE_GUID : type.toLowerCase())
  const lowered: PartitionSize =
    size === 'rest'
      ? { type: 'rest', minSizeBytes: bytesOf(minSize) }
      : { type: 'fixed', sizeBytes: bytesOf(size) }
  return origins.from(
    at,
    { label, typeGuid, size: origins.from([...at, 'size'], lowered) },
    { typeGuid: [...at, 'type'] },
  )
}

function lowerDirectory({ at, path, mode, uid, gid }: FullDirectory, origins: Origins): Directory {
  return origins.from(at, { path, mode: bitsOf(mode), uid, gid })
}

function lowerContents(contents: FullContents, at: Path, origins: Origins): Contents {
  if ('text' in contents) return origins.from(at, { type: 'text', text: contents.text })
  return origins.from(at, { type: 'base64', base64: contents.base64 })
}

function bitsOf(mode: string | number): number {
  return certain(modeOf(mode), `the mode ${mode}`)
}
