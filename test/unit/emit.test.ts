/** The machine config's bytes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import schema from '../../schema/machine/v1.json' with { type: 'json' }

interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
}

const definitions = schema.definitions as unknown as Readonly<Record<string, Schema>>
const goldens = readdirSync('fixtures/golden')
  .map(name => `fixtures/golden/${name}/machine.json`)
  .filter(file => existsSync(file))

/** Positions where the keys are in another order than in the schema. */
function disordered(value: unknown, at: Schema, place: string): string[] {
  const real = at.$ref ? (definitions[at.$ref.split('/').at(-1) ?? ''] ?? {}) : at
  if (Array.isArray(value))
    return value.flatMap((item, i) => disordered(item, real.items ?? {}, `${place}/${i}`))
  if (typeof value !== 'object' || value === null) return []
  const keys = Object.keys(value)
  const branch = real.oneOf?.find(one => keys.every(key => one.properties?.[key])) ?? real
  const order = Object.keys(branch.properties ?? {})
  const isOrdered = keys.every((key, i) => i === 0 || order.indexOf(keys[i - 1] ?? '') < order.indexOf(key))
  return [
    ...(isOrdered ? [] : [place]),
    ...Object.entries(value).flatMap(([key, item]) =>
      disordered(item, branch.properties?.[key] ?? {}, `${place}/${key}`),
    ),
  ]
}

test.each(goldens)('%s has its keys in the order of the schema and is its own JSON', file => {
  const text = readFileSync(file, 'utf8')
  const machine = JSON.parse(text)
  expect(disordered(machine, schema as unknown as Schema, '')).toEqual([])
  expect(`${JSON.stringify(machine, null, 2)}\n`).toBe(text)
})
