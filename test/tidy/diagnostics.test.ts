/** Every code and every key of machine configs is shown by a golden case, every golden has a code, and no golden is left over. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import machine from '../../schema/machine/v1.json' with { type: 'json' }
import node from '../../schema/node/v1.json' with { type: 'json' }
import { catalog, retired } from '../../transpiler/diag/catalog.ts'
import { formsOf, MACHINE_SCHEMA, type Schema } from '../machine-schema.ts'

const ROOT = 'fixtures/golden'
const cases = readdirSync(ROOT)
const codes = Object.keys(catalog)

const shown = new Set(
  cases.flatMap(name => {
    const file = `${ROOT}/${name}/diagnostics.txt`
    return existsSync(file)
      ? [...readFileSync(file, 'utf8').matchAll(/(?:error|warning)\[([a-z0-9-]+)\]/g)].map(
          ([, code = '']) => code,
        )
      : []
  }),
)

test('every code is shown by a golden', () => {
  expect(codes.filter(code => !shown.has(code))).toEqual([])
})

test('every rule that the node schema leaves to keelctl has a code, and every secret says that it is one', () => {
  const noted = JSON.stringify(node)
  const rules = [...noted.matchAll(/"x-checkedBy":"([^"]*)"/g)].map(([, code = '']) => code)
  expect(rules.length).toBeGreaterThan(2)
  expect(rules.filter(code => !codes.includes(code))).toEqual([])
  for (const schema of [node, machine]) {
    const marked = objectsIn(schema).filter(one => one['x-secret'] !== undefined)
    const described = objectsIn(schema).filter(one => String(one['description']).startsWith('Secret.'))
    expect(marked.length).toBeGreaterThan(1)
    expect(marked).toEqual(described)
  }
})

function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(objectsIn)
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner]
}

test('every golden code is in the catalog, and none is retired', () => {
  expect([...shown].filter(code => !codes.includes(code))).toEqual([])
  expect(codes.filter(code => retired.includes(code))).toEqual([])
})

/** One that the transpiler forgets is in none. */
test('every key of the machine schema stands in a golden', () => {
  const machines = cases.map(name => `${ROOT}/${name}/machine.json`).filter(file => existsSync(file))
  const written = new Set(machines.flatMap(file => placesIn(JSON.parse(readFileSync(file, 'utf8')))))
  const known = placesOf(MACHINE_SCHEMA)
  expect(known).toContain('/storage/filesystems/*/label')
  expect(known.filter(place => !written.has(place))).toEqual([])
})

/** The keys that a schema allows; `*` is any item of a list. */
function placesOf(schema: Schema, at = ''): string[] {
  return formsOf(schema).flatMap(({ properties = {}, items }) => [
    ...Object.entries(properties).flatMap(([key, value]) => [
      `${at}/${key}`,
      ...placesOf(value, `${at}/${key}`),
    ]),
    ...(items === undefined ? [] : placesOf(items, `${at}/*`)),
  ])
}

function placesIn(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap(item => placesIn(item, `${at}/*`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [`${at}/${key}`, ...placesIn(item, `${at}/${key}`)])
}

test('every case is a node config and one outcome', () => {
  const wrong = cases.filter(name => {
    const files = readdirSync(`${ROOT}/${name}`)
    return (
      !files.includes('node.keel.yaml') ||
      files.includes('machine.json') === files.includes('diagnostics.txt')
    )
  })
  expect(wrong).toEqual([])
})

test('codes are kebab slugs; messages and hints are one sentence without its full stop', () => {
  expect(codes.filter(code => !/^[a-z0-9]+(-[a-z0-9]+)+$/.test(code))).toEqual([])
  const texts = cases.flatMap(name => {
    const file = `${ROOT}/${name}/diagnostics.txt`
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(line => line.startsWith('  hint: '))
      : []
  })
  expect(texts.filter(text => text.endsWith('.') && !text.endsWith('..'))).toEqual([])
})
