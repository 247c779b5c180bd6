/** storage, with the filesystems and persisted paths that KEEL-STATE and KEEL-DATA bring. */
import type {
  Directory,
  Disk,
  File,
  Filesystem,
  Link,
  NodeConfig,
  Partition,
  Persist,
  Storage,
} from '../../../schema/generated/node.ts'
import type { Path } from '../../path.ts'
import { itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { type ContainerdFile, containerdFiles } from '../containerd-files.ts'
import { contentsOf } from '../contents.ts'
import { filled, placed } from '../filled.ts'
import { roleOf } from '../role.ts'
import type { Reading } from '../section.ts'
import { KEEL_PARTITIONS, type KeelLabel, keelPersists } from './keel-partitions.ts'
import type { FullDisk, FullFile, FullFilesystem, FullPartition, FullPersist, FullStorage } from './types.ts'

export function defaultStorage(config: Recovered<NodeConfig>, reading: Reading): FullStorage {
  const { storage, kubernetes } = config
  const disks = itemsOf(storage?.disks, ['storage', 'disks']).map(defaultDisk)
  const partitions = disks.flatMap(disk => disk.partitions)
  return {
    disks,
    filesystems: defaultFilesystems(storage?.filesystems, partitions),
    persist: defaultPersist(storage, partitions, roleOf(config) !== 'none'),
    directories: itemsOf(storage?.directories, ['storage', 'directories']).map(({ item, at }) =>
      filled<Directory>('Directory', item, at),
    ),
    files: [
      ...itemsOf(storage?.files, ['storage', 'files']).map(one => defaultFile(one, reading)),
      ...clientCAFile(kubernetes, reading),
      ...containerdFiles(kubernetes ?? {}, reading).map(impliedFile),
    ],
    links: itemsOf(storage?.links, ['storage', 'links']).map(({ item, at }) => placed<Link>(item, at)),
  }
}

function defaultFile({ item, at }: { item: Recovered<File>; at: Path }, reading: Reading): FullFile {
  const contents =
    item.contents && contentsOf(item.contents, [...at, 'contents'], 'storage-contents-choice', reading)
  return { ...filled<File>('File', item, at), contents, isImplied: false }
}

function defaultDisk({ item, at }: { item: Recovered<Disk>; at: Path }): FullDisk {
  const partitions = itemsOf(item.partitions, [...at, 'partitions'])
  return {
    ...filled<Disk>('Disk', item, at),
    match: item.match ?? {},
    partitions: partitions.map(({ item, at }) => filled<Partition>('Partition', item, at)),
  }
}

/** KEEL-STATE and KEEL-DATA always have their filesystem; a second one for them is an error found later. */
function defaultFilesystems(
  given: Recovered<Storage>['filesystems'],
  partitions: readonly FullPartition[],
): FullFilesystem[] {
  const implied = partitions.flatMap(({ at, label }): FullFilesystem[] => {
    const keel = KEEL_PARTITIONS[label as KeelLabel]
    if (keel === undefined) return []
    const given = { partition: label, mountPath: keel.mountPath }
    return [{ ...filled<Filesystem>('Filesystem', given, at), isImplied: true }]
  })
  const own = itemsOf(given, ['storage', 'filesystems']).map(({ item, at }) => ({
    ...filled<Filesystem>('Filesystem', item, at),
    isImplied: false,
  }))
  return [...implied, ...own]
}

/** What a kubelet must not lose is implied; a path that the user persists or mounts is the user's. */
function defaultPersist(
  storage: Recovered<Storage> | undefined,
  partitions: readonly FullPartition[],
  runsKubelet: boolean,
): FullPersist[] {
  const state = partitions.find(({ label }) => label === 'KEEL-STATE')
  const data = partitions.find(({ label }) => label === 'KEEL-DATA')
  const own = itemsOf(storage?.persist, ['storage', 'persist']).map(
    ({ item, at }): FullPersist => ({
      ...filled<Persist>('Persist', item, at),
      partition: 'partition' in item ? item.partition : (data?.label ?? state?.label ?? ''),
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
    const given = { path, mode }
    return [{ ...filled<Persist>('Persist', given, keeper.at), partition: keeper.label, isImplied: true }]
  })
  return [...implied, ...own]
}

/** The kubelet reads the client CA from a file. */
function clientCAFile(kubernetes: Recovered<NodeConfig>['kubernetes'], reading: Reading): FullFile[] {
  if (kubernetes?.clientCA === undefined) return []
  const at: Path = ['kubernetes', 'clientCA']
  const contents = contentsOf(kubernetes.clientCA, at, 'kubernetes-client-ca-choice', reading)
  const path = '/run/keel/kubelet/client-ca.crt'
  return contents === undefined ? [] : [impliedFile({ at, path, isSecret: false, contents })]
}

function impliedFile({ at, path, isSecret, contents }: ContainerdFile): FullFile {
  const mode = isSecret ? { mode: '0600' } : {}
  return { ...filled<Omit<File, 'contents'>>('File', { path, ...mode }, at), contents, isImplied: true }
}
