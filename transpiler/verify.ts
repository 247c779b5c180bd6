/** The machine schema by ajv. A violation is a bug in Keel; it is reported where the user's line led to it. */
import type { MachineConfig } from '../schema/generated/machine.ts'
import { validate as ajvValidate } from '../schema/generated/validate-machine.ts'
import type { Origins } from './origins.ts'
import { pathOf } from './path.ts'
import type { Report } from './report.ts'

/** What is wrong with a document that should be a machine config: the first problem. */
export function machineProblem(
  machine: unknown,
): { readonly pointer: string; readonly keyword: string } | undefined {
  const validator = ajvValidate as {
    (data: unknown): boolean
    errors?: { instancePath: string; keyword: string }[] | null
  }
  if (validator(machine)) return undefined
  const first = validator.errors?.[0]
  return { pointer: first?.instancePath ?? '', keyword: first?.keyword ?? 'unknown' }
}

export function verify(machine: MachineConfig, origins: Origins, report: Report): void {
  const problem = machineProblem(machine)
  if (problem !== undefined)
    report.add('keel-bug', origins.originOf(machine, pathOf(problem.pointer)), problem)
}
