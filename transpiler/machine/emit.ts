/** Canonical bytes. Keys are in the schema's order because the lowering passes build them so; a test holds it. */
import type { MachineConfig } from '../../schema/generated/machine.ts'

export function emit(machine: MachineConfig): string {
  return `${JSON.stringify(machine, null, 2)}\n`
}
