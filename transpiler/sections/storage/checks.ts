/** storage: the rules, in the order in which they run. */
import type { Check } from '../section.ts'
import { checkDisks } from './check-disks.ts'
import { checkEntries } from './check-entries.ts'
import { checkFilesystems } from './check-filesystems.ts'
import { checkPersist } from './check-persist.ts'

export const CHECKS: readonly Check[] = [checkDisks, checkFilesystems, checkPersist, checkEntries]
