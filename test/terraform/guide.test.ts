/** What docs/guides/terraform.md shows is what a real OpenTofu runs: each block as it stands there. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fencedBlocks } from '../fenced-blocks.ts'
import { Tofu } from './tofu.ts'

const GUIDE = 'docs/guides/terraform.md'
const PLAN = ['plan', '-no-color', '-input=false', '-detailed-exitcode'] as const

let tofu: Tofu

beforeAll(async () => {
  tofu = await Tofu.open()
})
afterAll(() => tofu?.close())
beforeEach(() =>
  writeFileSync(join(tofu.dir, 'worker.keel.yaml'), readFileSync('fixtures/terraform/worker.keel.yaml')),
)

/** The guide's only block in a language with a word in it. */
function block(language: string, word: string): string {
  const found = fencedBlocks(GUIDE).filter(({ info, text }) => info === language && text.includes(word))
  expect(found).toHaveLength(1)
  return found[0]?.text ?? ''
}

/** The first block. No cloud is here: terraform_data takes what the machine of aws would be given. */
function shownModule(): string {
  const text = block('hcl', 'module "keel"')
  expect(text).toContain('resource "aws_instance" "worker"')
  return text.replace('"aws_instance"', '"terraform_data"').replace('user_data_base64', 'input')
}

test('the module as the guide calls it makes both workers', () => {
  writeFileSync(join(tofu.dir, 'main.tf'), shownModule())
  const { status, stdout, stderr } = tofu.run(...PLAN)
  expect({ status, stderr }).toEqual({ status: 2, stderr: '' })
  expect(stdout).toContain('Plan: 2 to add, 0 to change, 0 to destroy.')
})

test('a wrong node config fails the plan with the line that the guide shows', () => {
  writeFileSync(join(tofu.dir, 'main.tf'), shownModule())
  writeFileSync(
    join(tofu.dir, 'worker.keel.yaml'),
    'apiVersion: keel/v1\nhostname: worker\nkernal: {modules: [dummy]}\n',
  )
  const { status, stderr } = tofu.run(...PLAN)
  expect(status).toBe(1)
  // OpenTofu wraps long lines, in a box of its own.
  const message = stderr.replace(/^[│╷╵ ]+/gm, '').replace(/\s+/g, ' ')
  expect(message).toContain(`Error Message: ${block('text', 'keelctl:').trim()}`)
})

test('the data source by itself gives the machine config', () => {
  const provider =
    'terraform {\n  required_providers {\n    external = { source = "hashicorp/external" }\n  }\n}\n'
  const outputs =
    'output "rendered" { value = data.external.worker.result.rendered }\noutput "keys" { value = keys(data.external.worker.result) }\n'
  writeFileSync(join(tofu.dir, 'main.tf'), provider + block('hcl', 'data "external" "worker"') + outputs)
  tofu.expect('plan', '-input=false', '-out=one.plan')
  const { planned_values } = JSON.parse(tofu.expect('show', '-json', 'one.plan'))
  expect(JSON.parse(planned_values.outputs.rendered.value)).toMatchObject({ kind: 'MachineConfig' })
  // Every key that came is in the guide's table.
  const table = readFileSync(GUIDE, 'utf8').split('| key of the result |')[1] ?? ''
  expect(planned_values.outputs.keys.value.filter((key: string) => !table.includes(`\`${key}\``))).toEqual([])
})
