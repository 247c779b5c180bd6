/** The generated validators, made smaller by schema/slim.ts, find exactly what ajv finds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { mutantsOf } from '../../fixtures/machine/mutants.ts'
import { compiled, schemaIn } from '../../schema/gen.ts'
import { validate as slimMachine } from '../../schema/generated/validate-machine.ts'
import { validate as slimNode } from '../../schema/generated/validate-node.ts'

interface Found {
  readonly instancePath: string
  readonly keyword: string
  readonly params?: object
  readonly propertyName?: string
}
type Validator = { (data: unknown): boolean; errors?: Found[] | null }

const schemas = { node: schemaIn('.', 'node'), machine: schemaIn('.', 'machine') }

/** Errors with only what the generated validator keeps of them. */
function errorsBy(validate: Validator, document: unknown, hasParams: boolean): Found[] {
  if (validate(document)) return []
  return (validate.errors ?? []).map(({ instancePath, keyword, params, propertyName }) => ({
    instancePath,
    keyword,
    ...(hasParams ? { params } : {}),
    ...(hasParams && propertyName !== undefined ? { propertyName } : {}),
  }))
}

/** A document with its mutants, without those that are no JSON. */
function withMutants(document: unknown, schema: object): unknown[] {
  const mutants = mutantsOf(document as never, schema as never).flatMap(({ text }) => {
    try {
      return [JSON.parse(text) as unknown]
    } catch {
      return []
    }
  })
  return [document, ...mutants]
}

test.each([
  ['machine', slimMachine, 'fixtures/machine/ok/everything-at-once.json'],
  ['machine', slimMachine, 'fixtures/machine/ok/a-node-in-ram.json'],
  ...readdirSync('fixtures/golden')
    .map(name => `fixtures/golden/${name}/node.keel.yaml`)
    .filter(file => existsSync(file.replace('node.keel.yaml', 'machine.json')))
    .map(file => ['node', slimNode, file] as const),
] as const)('%s: the same errors %#', (name, slim, file) => {
  const full = compiled(name, schemas[name]).validate as unknown as Validator
  const text = readFileSync(file, 'utf8')
  const documents = withMutants(
    name === 'node' ? parse(text, { merge: true }) : JSON.parse(text),
    schemas[name],
  )
  const foundBy = (validate: Validator) =>
    documents.map(document => JSON.stringify(errorsBy(validate, document, name === 'node')))
  const wanted = foundBy(full)
  const differ = foundBy(slim as Validator).flatMap((found, i) =>
    found === wanted[i] ? [] : [{ document: documents[i], found, wanted: wanted[i] }],
  )
  expect(differ).toEqual([])
  expect(documents.length).toBeGreaterThan(5)
})
