/** storage with nothing left out. */

import type { WrittenMode } from '../../rules/mode.ts'
import type { FullContents, Item } from '../item.ts'

export interface FullStorage {
  readonly disks: readonly FullDisk[]
  readonly filesystems: readonly FullFilesystem[]
  readonly persist: readonly FullPersist[]
  readonly directories: readonly FullDirectory[]
  readonly files: readonly FullFile[]
  readonly links: readonly FullLink[]
}

export interface FullDisk extends Item {
  readonly match: FullDiskMatch
  readonly wipe: boolean
  readonly partitions: readonly FullPartition[]
}

export interface FullDiskMatch {
  readonly serial?: string
  readonly wwid?: string
  readonly model?: string
  readonly transport?: 'virtio' | 'nvme' | 'sata' | 'scsi' | 'usb' | 'mmc'
  readonly bootDisk?: boolean
  readonly minSize?: string
  readonly maxSize?: string
}

export interface FullPartition extends Item {
  readonly label: string
  /** A size with its unit, or `rest`. */
  readonly size: string
  readonly minSize: string
  readonly type: string
}

export interface FullFilesystem extends Item {
  readonly partition: string
  readonly format: 'ext4'
  readonly mountPath: string
  readonly mountOptions: readonly ('nodev' | 'nosuid' | 'noexec' | 'noatime' | 'ro')[]
  /** Whether Keel added it. */
  readonly isImplied: boolean
}

interface Owned extends Item {
  readonly path: string
  readonly mode: WrittenMode
  readonly uid: number
  readonly gid: number
}

export interface FullPersist extends Owned {
  /** Empty when no partition can keep it, which is an error. */
  readonly partition: string
  readonly isImplied: boolean
}

export interface FullDirectory extends Owned {}

export interface FullFile extends Owned {
  readonly contents: FullContents
  readonly isImplied: boolean
}

export interface FullLink extends Item {
  readonly path: string
  readonly target: string
}
