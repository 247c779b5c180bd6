/** storage.persist: each path once, on a filesystem of this config, hiding nothing that is mounted before. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { nearest } from '../../rules/nearest.ts'
import { checkNodePath, isBelow } from '../../rules/node-path.ts'
import { ALL_LABELS } from '../all-labels.ts'
import type { FullConfig } from '../full-config.ts'
import { ownedOn } from '../owned-paths.ts'
import { checkMode } from './check-mode.ts'
import type { FullPersist } from './types.ts'

export function checkPersist({ storage, kubernetes }: FullConfig, report: Report, isWhole: IsWhole): void {
  const owned = ownedOn(kubernetes)
  const ofPath = new Map<string, FullPersist>()
  const areLabelsKnown = isWhole(ALL_LABELS)
  const areFilesystemsKnown = isWhole(['storage', 'filesystems', '*', 'partition'])
  for (const persist of storage.persist) {
    const { at, path, mode, isImplied } = persist
    if (!isImplied) checkMode(mode, at, report)
    if (!isImplied && areLabelsKnown) checkPartition(persist, storage, report, areFilesystemsKnown)
    if (path === undefined) continue
    const first = ofPath.get(path)
    ofPath.set(path, first ?? persist)
    checkCovered(persist, path, storage, report)
    if (isImplied) continue
    checkNodePath(path, at, 'path', 'persist', owned, report)
    if (first !== undefined)
      report.add(
        'storage-duplicate-path',
        [...at, 'path'],
        { path },
        { related: [{ path: [...first.at, 'path'], message: 'first given here' }] },
      )
    checkNesting(persist, path, storage, report)
  }
}

function checkPartition(
  { at, path, partition }: FullPersist,
  storage: FullConfig['storage'],
  report: Report,
  areFilesystemsKnown: boolean,
): void {
  if (partition === undefined) return
  if (partition === '')
    return path === undefined
      ? undefined
      : report.add('storage-persist-without-partition', at, { path }, { lacks: ['partition'] })
  const labels = storage.disks.flatMap(disk => disk.partitions).flatMap(({ label }) => label ?? [])
  const here = [...at, 'partition']
  if (!labels.includes(partition))
    report.add('storage-unknown-partition', here, { label: partition, nearest: nearest(partition, labels) })
  else if (areFilesystemsKnown && !storage.filesystems.some(one => one.partition === partition))
    report.add('storage-partition-without-filesystem', here, { partition })
}

/** Filesystems are mounted before paths are persisted, so a persisted parent would cover them. */
function checkCovered(
  { at, isImplied }: FullPersist,
  path: string,
  storage: FullConfig['storage'],
  report: Report,
): void {
  const covered = storage.filesystems.find(
    ({ mountPath }) => mountPath !== undefined && (mountPath === path || isBelow(mountPath, path)),
  )
  if (covered?.mountPath === undefined || (isImplied && covered.isImplied)) return
  const mount = [...covered.at, 'mountPath']
  const related = isImplied || covered.isImplied ? [] : [{ path: mount, message: 'mounted here' }]
  report.add(
    'storage-persist-covers-mount',
    isImplied ? mount : [...at, 'path'],
    { path, mountPath: covered.mountPath },
    { related },
  )
}

function checkNesting(
  { at, partition }: FullPersist,
  path: string,
  storage: FullConfig['storage'],
  report: Report,
): void {
  const outer = storage.persist.find(
    other => other.partition === partition && other.path !== undefined && isBelow(path, other.path),
  )
  if (outer?.path === undefined || partition === undefined) return
  const related = outer.isImplied ? [] : [{ path: [...outer.at, 'path'], message: 'the outer path is here' }]
  report.add('storage-persist-nested', [...at, 'path'], { path, outer: outer.path, partition }, { related })
}
