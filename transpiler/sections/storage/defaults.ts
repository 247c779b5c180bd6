/** storage, with the filesystems and persisted paths that KEEL-STATE and KEEL-DATA bring. */
import type { Disk, File, Filesystem, NodeConfig, Storage } from '../../../schema/generated/node.ts'
import type { Path } from '../../path.ts'
import { itemsOf } from '../../recover/items.ts'
import { contentsOf } from '../contents.ts'
import { roleOf } from '../role.ts'
import type { Reading } from '../section.ts'
import { KEEL_PARTITIONS, type KeelLabel, keelPersists } from './keel-partitions.ts'
import type { FullDisk, FullFile, FullFilesystem, FullPartition, FullPersist, FullStorage } from './types.ts'

export function defaultStorage(config: Partial<NodeConfig>, reading: Reading): FullStorage {
  const { storage, kubernetes } = config
  const disks = itemsOf(storage?.disks, ['storage', 'disks']).map(defaultDisk)
  const partitions = disks.flatMap(disk => disk.partitions)
  return {
    disks,
    filesystems: defaultFilesystems(storage?.filesystems, partitions),
    persist: defaultPersist(storage, partitions, roleOf(config) !== 'none'),
    directories: itemsOf(storage?.directories, ['storage', 'directories']).map(({ item, at }) => ({
      at,
      path: item.path,
      mode: item.mode ?? '0755',
      uid: item.uid ?? 0,
      gid: item.gid ?? 0,
    })),
    files: [
      ...itemsOf(storage?.files, ['storage', 'files']).map(one => defaultFile(one, reading)),
      ...clientCAFile(kubernetes, reading),
    ],
    links: itemsOf(storage?.links, ['storage', 'links']).map(({ item, at }) => ({
      at,
      path: item.path,
      target: item.target,
    })),
  }
}

function defaultFile({ item, at }: { item: File; at: Path }, reading: Reading): FullFile {
  const contents = contentsOf(item.contents, [...at, 'contents'], 'storage-contents-choice', reading)
  return {
    at,
    path: item.path,
    mode: item.mode ?? '0644',
    uid: item.uid ?? 0,
    gid: item.gid ?? 0,
    contents: contents ?? { text: '' },
    isImplied: false,
  }
}

function defaultDisk({ item, at }: { item: Disk; at: Path }): FullDisk {
  const partitions = itemsOf(item.partitions, [...at, 'partitions'])
  return {
    at,
    match: item.match,
    wipe: item.wipe ?? false,
    partitions: partitions.map(({ item: { label, size, minSize, type }, at }) => ({
      at,
      label,
      size,
      minSize: minSize ?? '64MiB',
      type: type ?? 'linux',
    })),
  }
}

/** KEEL-STATE and KEEL-DATA always have their filesystem; a second one for them is an error found later. */
function defaultFilesystems(
  given: readonly Filesystem[] | undefined,
  partitions: readonly FullPartition[],
): FullFilesystem[] {
  const implied = partitions.flatMap(({ at, label }): FullFilesystem[] => {
    const keel = KEEL_PARTITIONS[label as KeelLabel]
    if (keel === undefined) return []
    return [
      {
        at,
        partition: label,
        format: 'ext4',
        mountPath: keel.mountPath,
        mountOptions: ['noatime'],
        isImplied: true,
      },
    ]
  })
  const own = itemsOf(given, ['storage', 'filesystems']).map(
    ({ item, at }): FullFilesystem => ({
      at,
      partition: item.partition,
      format: item.format ?? 'ext4',
      mountPath: item.mountPath,
      mountOptions: item.mountOptions ?? ['noatime'],
      isImplied: false,
    }),
  )
  return [...implied, ...own]
}

/** What a kubelet must not lose is implied; a path that the user persists or mounts is the user's. */
function defaultPersist(
  storage: Storage | undefined,
  partitions: readonly FullPartition[],
  runsKubelet: boolean,
): FullPersist[] {
  const state = partitions.find(({ label }) => label === 'KEEL-STATE')
  const data = partitions.find(({ label }) => label === 'KEEL-DATA')
  const own = itemsOf(storage?.persist, ['storage', 'persist']).map(
    ({ item, at }): FullPersist => ({
      at,
      path: item.path,
      partition: item.partition ?? data?.label ?? state?.label ?? '',
      mode: item.mode ?? '0755',
      uid: item.uid ?? 0,
      gid: item.gid ?? 0,
      isImplied: false,
    }),
  )
  const taken = [
    ...own.map(({ path }) => path),
    ...itemsOf(storage?.filesystems, []).map(({ item }) => item.mountPath),
  ]
  const implied = keelPersists(runsKubelet).flatMap(({ path, label, mode }): FullPersist[] => {
    const keeper =
      (label === 'KEEL-DATA' ? data : undefined) ?? state ?? (label === 'KEEL-STATE' ? undefined : data)
    if (keeper === undefined || taken.includes(path)) return []
    return [{ at: keeper.at, path, partition: keeper.label, mode, uid: 0, gid: 0, isImplied: true }]
  })
  return [...implied, ...own]
}

/** The kubelet reads the client CA from a file. */
function clientCAFile(kubernetes: NodeConfig['kubernetes'], reading: Reading): FullFile[] {
  if (kubernetes?.clientCA === undefined) return []
  const at: Path = ['kubernetes', 'clientCA']
  const contents = contentsOf(kubernetes.clientCA, at, 'kubernetes-client-ca-choice', reading)
  if (contents === undefined) return []
  return [
    { at, path: '/run/keel/kubelet/client-ca.crt', mode: '0644', uid: 0, gid: 0, contents, isImplied: true },
  ]
}
