/** The stand-in for the provider `external` follows that provider's documented protocol: one case after another. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Tofu } from './tofu.ts'

const PROVIDERS =
  'terraform {\n  required_providers {\n    external = { source = "hashicorp/external" }\n  }\n}\n'
/** Answers with what it was given. */
const ECHO = `const query = require('fs').readFileSync(0, 'utf8')
console.error('nobody sees this')
console.log(JSON.stringify({ query, argv: process.argv.slice(2).join(' '), dir: process.cwd() }))
`

let folder = ''
let tofu: Tofu

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keel-tofu-files-'))
  writeFileSync(join(folder, 'main.tf'), PROVIDERS)
  writeFileSync(join(folder, 'echo.cjs'), ECHO)
  mkdirSync(join(folder, 'sub'))
  cpSync(join(folder, 'echo.cjs'), join(folder, 'sub', 'echo.cjs'))
  tofu = await Tofu.open(folder)
})
afterAll(() => {
  tofu?.close()
  rmSync(folder, { recursive: true })
})

/** A plan of one data source; what it gave is an output. */
function planned(data: string) {
  const body = `data "external" "one" {\n${data}\n}\noutput "result" { value = data.external.one }\n`
  writeFileSync(join(tofu.dir, 'main.tf'), PROVIDERS + body)
  const { status, stdout, stderr } = tofu.run('plan', '-no-color', '-out=plan')
  if (status !== 0) return { status, problem: stderr }
  return {
    status,
    stdout,
    ...JSON.parse(tofu.run('show', '-json', 'plan').stdout).planned_values.outputs.result.value,
  }
}

test('keys with null values are left out, null and empty elements dropped, stderr of a success unseen', () => {
  const found = planned('program = ["node", "echo.cjs", "", null, "a"]\nquery = { b = "1", a = null }')
  expect(found).toMatchObject({ id: '-', result: { query: '{"b":"1"}', argv: 'a' } })
  expect(found.stdout).not.toContain('nobody sees this')
})

test('no query is an empty object', () => {
  expect(planned('program = ["node", "echo.cjs"]').result.query).toBe('{}')
})

test('the program runs in working_dir', () => {
  expect(planned('program = ["node", "echo.cjs"]\nworking_dir = "sub"').result.dir).toMatch(/\/sub$/)
})

test.each([
  ['no program', 'program = [""]', 'External Program Missing'],
  ['a program that is not there', 'program = ["no-such-program"]', 'External Program Lookup Failed'],
  [
    'a value that is not a string',
    `program = ["node", "-e", "console.log('{\\"a\\":1}')"]`,
    'Unexpected External Program Results',
  ],
  [
    'a null value',
    `program = ["node", "-e", "console.log('{\\"a\\":null}')"]`,
    'Unexpected External Program Results',
  ],
  [
    'a result that is not an object',
    'program = ["node", "-e", "console.log(1)"]',
    'Unexpected External Program Results',
  ],
  [
    'a failure with words',
    'program = ["node", "-e", "console.error(12345);process.exit(3)"]',
    'Error Message: 12345',
  ],
  ['a failure without words', 'program = ["node", "-e", "process.exit(3)"]', 'no additional error messaging'],
])('%s is an error', (_, data, words) => {
  const { status, problem } = planned(data)
  expect({ status, problem }).toEqual({ status: 1, problem: expect.stringContaining(words) })
})
