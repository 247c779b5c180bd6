/** storage with nothing left out. */
import type {
  Directory,
  Disk,
  DiskMatch,
  File,
  Filesystem,
  Link,
  Partition,
  Persist,
} from '../../../schema/generated/node.ts'
import type { Filled } from '../filled.ts'
import type { FullContents, Item } from '../item.ts'

export interface FullStorage {
  readonly disks: readonly FullDisk[]
  readonly filesystems: readonly FullFilesystem[]
  readonly persist: readonly FullPersist[]
  readonly directories: readonly FullDirectory[]
  readonly files: readonly FullFile[]
  readonly links: readonly FullLink[]
}

export interface FullDisk extends Omit<Filled<'Disk', Disk>, 'match' | 'partitions'> {
  readonly match: FullDiskMatch
  readonly partitions: readonly FullPartition[]
}

export interface FullDiskMatch extends Readonly<DiskMatch> {}

export interface FullPartition extends Filled<'Partition', Partition> {}

export interface FullFilesystem extends Filled<'Filesystem', Filesystem> {
  /** Whether Keel added it. */
  readonly isImplied: boolean
}

export interface FullPersist extends Filled<'Persist', Persist> {
  /** Empty when no partition can keep it, which is an error. */
  readonly partition: string
  readonly isImplied: boolean
}

export interface FullDirectory extends Filled<'Directory', Directory> {}

export interface FullFile extends Omit<Filled<'File', File>, 'contents'> {
  readonly contents: FullContents
  readonly isImplied: boolean
}

export interface FullLink extends Item, Readonly<Link> {}
