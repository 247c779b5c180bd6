/** storage.disks: selectors that can tell disks apart, and partitions that can be laid out. */
import { DEFAULTS } from '../../../schema/generated/node-defaults.ts'
import type { Report } from '../../diag/report.ts'
import { canonicalJson } from '../../json.ts'
import type { Path } from '../../path.ts'
import { nearest } from '../../rules/nearest.ts'
import { bytesOf, MIB } from '../../rules/units.ts'
import type { FullConfig } from '../full-config.ts'
import { factProblem } from './disk-facts.ts'
import { KEEL_PARTITIONS, UNFINISHED_TYPE_GUID } from './keel-partitions.ts'
import type { FullDisk, FullPartition } from './types.ts'

export function checkDisks({ storage }: FullConfig, report: Report): void {
  const matches = new Map<string, FullDisk>()
  const labels = new Map<string, FullPartition>()
  for (const disk of storage.disks) {
    const match = canonicalJson(disk.match)
    const first = matches.get(match)
    if (first === undefined) matches.set(match, disk)
    else
      report.add(
        'storage-duplicate-match',
        [...disk.at, 'match'],
        {},
        { related: [{ path: [...first.at, 'match'], message: 'the other match is here' }] },
      )
    checkMatch(disk, report)
    checkFit(disk, report)
    for (const [i, partition] of disk.partitions.entries()) {
      checkLabel(partition, labels, report)
      checkSize(partition, i === disk.partitions.length - 1, report)
      checkType(partition, report)
    }
  }
}

function checkMatch({ at, match, wipe }: FullDisk, report: Report): void {
  if (match.bootDisk === true && wipe) report.add('storage-boot-disk-wiped', [...at, 'wipe'], {})
  for (const field of ['serial', 'wwid', 'model'] as const) {
    const { isError, why, better } = factProblem(field, match) ?? {}
    const value = match[field]
    if (value === undefined || why === undefined) continue
    const code = isError ? 'storage-match-form' : 'storage-match-doubtful'
    report.add(code, [...at, 'match', field], { field, value, why, better })
  }
  const { minSize, maxSize } = match
  for (const field of ['minSize', 'maxSize'] as const)
    checkLimit(match[field], [...at, 'match', field], report)
  if (minSize === undefined || maxSize === undefined) return
  if (bytesOf(minSize) > bytesOf(maxSize))
    report.add('storage-match-sizes', [...at, 'match', 'minSize'], { minSize, maxSize })
}

/** A disk that is as large as maxSize allows must hold the partitions. */
function checkFit({ at, match, partitions }: FullDisk, report: Report): void {
  if (match.maxSize === undefined) return
  const wanted = partitions.reduce(
    (sum, { size, minSize }) => sum + bytesOf((size === 'rest' ? minSize : size) ?? '0KiB'),
    2 * MIB,
  )
  if (wanted > bytesOf(match.maxSize))
    report.add('storage-partitions-too-large', [...at, 'match', 'maxSize'], {
      maxSize: match.maxSize,
      mebibytes: Math.ceil(wanted / MIB),
    })
}

function checkLabel(partition: FullPartition, labels: Map<string, FullPartition>, report: Report): void {
  const { at, label } = partition
  if (label === undefined) return
  const here = [...at, 'label']
  const first = labels.get(label)
  if (first === undefined) labels.set(label, partition)
  else
    report.add(
      'storage-duplicate-label',
      here,
      { label },
      { related: [{ path: [...first.at, 'label'], message: 'first given here' }] },
    )
  const isKeels = Object.hasOwn(KEEL_PARTITIONS, label)
  if (!isKeels && /^keel($|-)/i.test(label))
    report.add('storage-label-reserved', here, {
      label,
      nearest: nearest(label, Object.keys(KEEL_PARTITIONS)),
    })
}

function checkSize({ at, size, minSize }: FullPartition, isLast: boolean, report: Report): void {
  const here = [...at, 'size']
  if (size === 'rest' && !isLast) report.add('storage-rest-not-last', here, {})
  if (size !== undefined && size !== 'rest') {
    checkLimit(size, here, report)
    checkAlignment(size, here, report)
    // The default stands for the absence of the key.
    if (minSize !== undefined && minSize !== DEFAULTS.Partition.minSize)
      return report.add('storage-min-size-alone', [...at, 'minSize'], { size }, { aim: 'key' })
  }
  checkLimit(minSize, [...at, 'minSize'], report)
  checkAlignment(minSize, [...at, 'minSize'], report)
}

function checkAlignment(size: string | undefined, at: Path, report: Report): void {
  if (size !== undefined && bytesOf(size) % MIB !== 0) report.add('storage-size-unaligned', at, { size })
}

function checkLimit(size: string | undefined, at: Path, report: Report): void {
  if (size !== undefined && bytesOf(size) > Number.MAX_SAFE_INTEGER)
    report.add('storage-size-too-large', at, { size })
}

function checkType({ at, label, type }: FullPartition, report: Report): void {
  if (type === undefined) return
  const here = [...at, 'type']
  const keels = [UNFINISHED_TYPE_GUID, ...Object.values(KEEL_PARTITIONS).map(({ typeGuid }) => typeGuid)]
  const isReserved = (one: string) =>
    keels.includes(type.toLowerCase()) || (Object.hasOwn(KEEL_PARTITIONS, one) && type !== 'linux')
  if (label !== undefined && isReserved(label)) report.add('storage-type-reserved', here, { label })
  else if (/^[0-]+$/.test(type)) report.add('storage-type-zero', here, {})
}
