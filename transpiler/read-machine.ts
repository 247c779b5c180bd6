/** Strict reading of a machine config: what init refuses is refused here too. */
import type { MachineConfig } from '../schema/generated/machine.ts'
import { decodeUtf8 } from './source.ts'
import { jsonProblem } from './strict-json.ts'
import { machineProblem } from './verify.ts'

/** Why a document is no machine config. */
export interface MachineProblem {
  /** JSON pointer; empty for the whole document. */
  readonly pointer: string
  readonly message: string
}

export function readMachineConfig(
  bytes: Uint8Array,
): { readonly machine: MachineConfig; readonly text: string } | { readonly problem: MachineProblem } {
  const text = decodeUtf8(bytes)
  if (typeof text !== 'string')
    return { problem: { pointer: '', message: `byte ${text.badByte} is no UTF-8` } }
  const json = jsonProblem(text)
  if (json !== undefined) return { problem: { pointer: '', message: json } }
  const machine: MachineConfig = JSON.parse(text)
  const schema = machineProblem(machine)
  if (schema !== undefined)
    return { problem: { pointer: schema.pointer, message: `it breaks the rule ${schema.keyword}` } }
  return { machine, text }
}
