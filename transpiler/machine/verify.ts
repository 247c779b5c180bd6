/** The machine schema by ajv. A violation is a bug in Keel; it is reported where the user's line led to it. */
import type { MachineConfig } from '../../schema/generated/machine.ts'
import { validate as ajvValidate } from '../../schema/generated/validate-machine.ts'
import type { Report } from '../diag/report.ts'
import { pathOf } from '../path.ts'
import type { Origins } from './origins.ts'

/** One rule of the machine schema that a document breaks. */
export interface Violation {
  readonly pointer: string
  readonly keyword: string
  /** What ajv reports in addition. */
  readonly params: Readonly<Record<string, unknown>>
}

/** What is wrong with a document that should be a machine config: the first problem. */
export function firstViolation(machine: unknown): Violation | undefined {
  const validator = ajvValidate as {
    (data: unknown): boolean
    errors?: { instancePath: string; keyword: string; params?: Violation['params'] }[] | null
  }
  if (validator(machine)) return undefined
  const { instancePath = '', keyword = 'unknown', params = {} } = validator.errors?.[0] ?? {}
  return { pointer: instancePath, keyword, params }
}

export function verify(machine: MachineConfig, origins: Origins, report: Report): void {
  const violation = firstViolation(machine)
  if (violation === undefined) return
  const { pointer, keyword } = violation
  report.add('keel-bug', origins.originOf(machine, pathOf(pointer)), { pointer, keyword })
}
