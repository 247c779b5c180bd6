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
import type { Recovered } from '../../recover/recovered.ts'
import type { Placed } from '../filled.ts'
import type { FullContents } from '../item.ts'

export interface FullStorage {
  readonly disks: readonly FullDisk[]
  readonly filesystems: readonly FullFilesystem[]
  readonly persist: readonly FullPersist[]
  readonly directories: readonly FullDirectory[]
  readonly files: readonly FullFile[]
  readonly links: readonly FullLink[]
}

export interface FullDisk extends Omit<Placed<Disk>, 'match' | 'partitions'> {
  readonly match: FullDiskMatch
  readonly partitions: readonly FullPartition[]
}

export type FullDiskMatch = Recovered<DiskMatch>

export interface FullPartition extends Placed<Partition> {}

export interface FullFilesystem extends Placed<Filesystem> {
  /** Whether Keel added it. */
  readonly isImplied: boolean
}

export interface FullPersist extends Omit<Placed<Persist>, 'partition'> {
  /** Empty when no partition can keep it, which is an error. Undefined when it breaks the schema. */
  readonly partition: string | undefined
  readonly isImplied: boolean
}

export interface FullDirectory extends Placed<Directory> {}

export interface FullFile extends Omit<Placed<File>, 'contents'> {
  /** Undefined when they could not be read, which is reported. */
  readonly contents: FullContents | undefined
  readonly isImplied: boolean
}

export interface FullLink extends Placed<Link> {}
