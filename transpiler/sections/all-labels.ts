/** The labels of partitions, which several sections refer to. */
import type { Path } from '../path.ts'

/** Names of all partitions: only if all are known, another name is an unknown one. */
export const ALL_LABELS: Path = ['storage', 'disks', '*', 'partitions', '*', 'label']
