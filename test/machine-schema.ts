/** The schema of the machine config, as tests walk it. */
import { readFileSync } from 'node:fs'

export interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly string[]
  readonly const?: string
  readonly required?: readonly string[]
  readonly definitions?: Readonly<Record<string, Schema>>
}

export const MACHINE_SCHEMA: Schema = JSON.parse(readFileSync('schema/machine/v1.json', 'utf8'))

/** What a place may be: the schema that a reference names, and all forms of an object. */
export function formsOf(schema: Schema): Schema[] {
  const name = schema.$ref?.split('/').at(-1)
  const real = name === undefined ? schema : (MACHINE_SCHEMA.definitions?.[name] ?? {})
  return [real, ...(real.oneOf ?? []).flatMap(formsOf)]
}
