/** A machine config that Keel should not have made. */
import { code, error } from '../diag/define.ts'

export const MACHINE_CODES = {
  'keel-bug': error<{ pointer: string; keyword: string }>(
    a => `Keel made a machine config that its own schema refuses at ${code(a.pointer)} (${a.keyword})`,
    () => 'this is a bug in Keel; please report it with the lines shown here',
  ),
} as const
