/** storage.filesystems: each on a partition of this config, each mounted where nothing else is. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { itemsOf } from '../../recover/items.ts'
import { nearest } from '../../rules/nearest.ts'
import { checkNodePath } from '../../rules/node-path.ts'
import { bytesOf, MIB } from '../../rules/units.ts'
import { ALL_LABELS } from '../all-labels.ts'
import type { FullConfig } from '../full-config.ts'
import { ownedOn } from '../owned-paths.ts'
import { KEEL_PARTITIONS } from './keel-partitions.ts'
import type { FullFilesystem, FullPartition } from './types.ts'

/** Less has no room for ext4's own tables and journal. */
const SMALLEST_EXT4 = 8 * MIB

export function checkFilesystems(
  { storage, kubernetes }: FullConfig,
  report: Report,
  isWhole: IsWhole,
): void {
  const owned = ownedOn(kubernetes)
  const partitions = new Map(
    storage.disks.flatMap(disk => disk.partitions).map(partition => [partition.label, partition]),
  )
  const ofPartition = new Map<string, FullFilesystem>()
  const ofPath = new Map<string, FullFilesystem>()
  const areLabelsKnown = isWhole(ALL_LABELS)
  for (const filesystem of storage.filesystems) {
    const { at, partition: label, mountPath, mountOptions } = filesystem
    if (label !== undefined) {
      checkPartition(filesystem, label, partitions, report, areLabelsKnown)
      const first = ofPartition.get(label)
      ofPartition.set(label, first ?? filesystem)
      // Two partitions of one of Keel's labels are a duplicate label, which is reported as such.
      if (first !== undefined && !(first.isImplied && filesystem.isImplied))
        reportSecond(at, label, first, report)
    }
    if (filesystem.isImplied) continue
    if (mountPath !== undefined) {
      checkNodePath(mountPath, at, 'mountPath', 'mount', owned, report)
      const other = ofPath.get(mountPath)
      ofPath.set(mountPath, other ?? filesystem)
      const related = other && [{ path: [...other.at, 'mountPath'], message: 'the other is mounted here' }]
      if (related) report.add('storage-duplicate-mount', [...at, 'mountPath'], { mountPath }, { related })
    }
    for (const { item: option, at: here } of itemsOf(mountOptions, [...at, 'mountOptions'])) {
      if (mountOptions?.indexOf(option) !== here.at(-1))
        report.add('storage-duplicate-option', here, { option })
    }
  }
}

function checkPartition(
  { at }: FullFilesystem,
  label: string,
  partitions: ReadonlyMap<string | undefined, FullPartition>,
  report: Report,
  areLabelsKnown: boolean,
): void {
  const partition = partitions.get(label)
  if (partition === undefined && areLabelsKnown) {
    const labels = [...partitions.keys()].flatMap(one => one ?? [])
    report.add('storage-unknown-partition', [...at, 'partition'], { label, nearest: nearest(label, labels) })
  }
  const size = partition?.size
  if (partition === undefined || size === undefined || size === 'rest') return
  if (bytesOf(size) < SMALLEST_EXT4)
    report.add('storage-partition-too-small', [...partition.at, 'size'], { label, size })
}

function reportSecond(at: Path, partition: string, first: FullFilesystem, report: Report): void {
  const here = [...at, 'partition']
  if (Object.hasOwn(KEEL_PARTITIONS, partition))
    return report.add('storage-keel-filesystem', here, { partition })
  const related = [{ path: [...first.at, 'partition'], message: 'the first is here' }]
  report.add('storage-second-filesystem', here, { partition }, { related })
}
