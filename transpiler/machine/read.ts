/** Strict reading of a machine config: what init refuses is refused here too. */
import type { MachineConfig } from '../../schema/generated/machine.ts'
import { decodeUtf8 } from '../yaml/source.ts'
import { machineRefusal } from './refusal.ts'
import { jsonProblem } from './strict-json.ts'

/** Why a document is not a machine config. */
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
    return { problem: { pointer: '', message: encodingProblem(bytes, text.badByte) } }
  if (text.startsWith('\uFEFF'))
    return {
      problem: { pointer: '', message: 'it starts with a byte order mark; save it as UTF-8 without one' },
    }
  const json = jsonProblem(text)
  if (json !== undefined) return { problem: { pointer: '', message: json } }
  const machine: MachineConfig = JSON.parse(text)
  const problem = machineRefusal(machine)
  return problem === undefined ? { machine, text } : { problem }
}

function encodingProblem([first, second, third]: Uint8Array, badByte: number): string {
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  if (isMarked) return 'it is UTF-16; save it as UTF-8'
  if (first === 0x28 && second === 0xb5 && third === 0x2f)
    return 'it is packed with zstd; unpack it with zstd -d'
  return `byte ${badByte} is not UTF-8`
}
