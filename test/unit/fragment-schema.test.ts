/** The schema of fragments accepts each part into which a node config can be cut, and nothing that no merge makes whole. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import fragment from '../../schema/fragment/v1.json' with { type: 'json' }
import { compiled } from '../../schema/gen.ts'

const { patternProperties: _, ...schema } = fragment
const { validate } = compiled('node', schema)

/** Sections whose maps are merged key by key; the others are a choice between a text and a map. */
const MAPS = ['kernel', 'network', 'time', 'storage', 'kubernetes']

const accepted = readdirSync('fixtures/golden').filter(
  name =>
    existsSync(`fixtures/golden/${name}/machine.json`) &&
    existsSync(`fixtures/golden/${name}/node.keel.yaml`),
)

/** Each key of the root alone, and each key of a section alone in its section. */
function partsOf(config: Readonly<Record<string, unknown>>): object[] {
  const sections = Object.entries(config).filter(([key]) => !key.startsWith('x-'))
  return sections.flatMap(([key, value]) => {
    const keys = MAPS.includes(key) ? Object.entries(value ?? {}) : []
    return [{ [key]: value }, ...keys.map(([inner, one]) => ({ [key]: { [inner]: one } }))]
  })
}

test.each(accepted)('every part of the golden %s is a fragment', name => {
  const text = readFileSync(`fixtures/golden/${name}/node.keel.yaml`, 'utf8')
  // A key without a value is taken away by the merge, before any schema looks.
  const parts = partsOf(parse(text, (_, value) => (value === null ? undefined : value), { merge: true }))
  expect(parts.filter(part => !validate(part))).toEqual([])
})

test.each([
  ['a disk without partitions', { storage: { disks: [{ match: { serial: 'a' } }] } }],
  ['a taint without its effect', { kubernetes: { taints: [{ key: 'a' }] } }],
  ['a host name from nowhere', { hostname: {} }],
  ['an unknown key', { kubernetes: { rol: 'worker' } }],
])('%s is none', (_, part) => {
  expect(validate(part)).toBe(false)
})
