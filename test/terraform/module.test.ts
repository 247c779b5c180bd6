/** The shipped example under a real OpenTofu: planned, applied, planned again, and refused when a node config is wrong. */
import { createHash } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Tofu } from './tofu.ts'

const EXAMPLE = 'fixtures/terraform'
const PLAN = ['plan', '-no-color', '-input=false', '-detailed-exitcode'] as const

let tofu: Tofu

beforeAll(async () => {
  tofu = await Tofu.open()
})
afterAll(() => tofu?.close())
// Each test starts from the files as they are shipped, and from what the tests before it have applied.
beforeEach(() => cpSync(EXAMPLE, tofu.dir, { recursive: true }))

/** The example's node config with one text replaced. */
function edit(from: string, to: string): void {
  const file = join(tofu.dir, 'worker.keel.yaml')
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  writeFileSync(file, text.replace(from, to))
}

/** What a person reads of an error: the lines in the box, without the box. */
const readable = (stderr: string) =>
  stderr
    .split('\n')
    .map(line => line.replace(/^[│╷╵ ]+/, '').trim())
    .filter(line => line !== '')

test('a plan makes both workers and prints no token', () => {
  const { status, stdout, stderr } = tofu.run(...PLAN)
  expect({ status, stderr }).toEqual({ status: 2, stderr: '' })
  expect(stdout).toContain('Plan: 2 to add, 0 to change, 0 to destroy.')
  expect(stdout).toContain('(sensitive value)')
  expect(stdout).not.toContain('abcdef.0123456789abcdef')
})

test('an apply gives each worker its own machine config, packed', () => {
  tofu.expect('apply', '-auto-approve', '-input=false')
  const { values } = JSON.parse(tofu.expect('show', '-json'))
  const workers = values.root_module.resources.filter(
    (one: { type: string }) => one.type === 'terraform_data',
  )
  const names = workers.map(({ values: { input } }: { values: { input: string } }) => {
    const document = gunzipSync(Buffer.from(input, 'base64')).toString()
    const { hostname } = JSON.parse(document)
    const digest = createHash('sha256').update(document).digest('hex')
    expect(values.outputs.sha256.value[hostname.name]).toBe(digest)
    return hostname.name
  })
  expect(names.sort()).toEqual(['worker-1', 'worker-2'])
})

test('a plan after that has no changes', () => {
  const { status, stdout } = tofu.run(...PLAN)
  expect(stdout).toContain('No changes.')
  expect(status).toBe(0)
})

test('a changed file next to the node config is a change of both workers', () => {
  writeFileSync(join(tofu.dir, 'motd'), 'Another text.\n')
  const { status, stdout } = tofu.run(...PLAN)
  expect({ status, stdout }).toEqual({
    status: 2,
    stdout: expect.stringContaining('Plan: 0 to add, 2 to change, 0 to destroy.'),
  })
})

test('an error of the node config fails the plan, with one line first that says what and where', () => {
  edit('kubernetes:', 'kubernets:')
  const { status, stderr } = tofu.run(...PLAN)
  expect(status).toBe(1)
  const lines = readable(stderr)
  // OpenTofu wraps long lines.
  const message = lines.join(' ')
  expect(lines[0]).toBe('Error: External Program Execution Failed')
  expect(message).toContain(
    'Error Message: keelctl: 2 errors: worker-1 (./worker.keel.yaml:15:1) schema-unknown-key: there is no key `kubernets` here',
  )
  expect(lines).toContain('hint: did you mean `kubernetes`?')
  expect(stderr).not.toContain('abcdef.0123456789abcdef')
})

test('a warning is shown by the check and stops nothing', () => {
  edit('- {label: KEEL-STATE, size: 256MiB}\n', '')
  const { status, stdout, stderr } = tofu.run(...PLAN)
  expect(status).toBe(2)
  expect(`${stdout}${stderr}`).toContain('kubernetes-worker-without-state')
})

test('the precondition refuses a document that fits only when it is packed', () => {
  writeFileSync(join(tofu.dir, 'motd'), 'The same line again and again.\n'.repeat(600))
  expect(tofu.run(...PLAN).status).toBe(2)
  const { status, stderr } = tofu.run(...PLAN, '-var=packed=false')
  expect(status).toBe(1)
  expect(readable(stderr).join(' ')).toContain(
    'Too large as user data on aws: worker-1, worker-2. Set packed = true.',
  )
})

test('what fits in no form fails the plan in keelctl', () => {
  const noise = Array.from({ length: 900 }, (_, i) => createHash('sha256').update(String(i)).digest('hex'))
  writeFileSync(join(tofu.dir, 'motd'), noise.join(''))
  const { status, stderr } = tofu.run(...PLAN)
  expect(status).toBe(1)
  expect(readable(stderr).join(' ')).toMatch(
    /Error Message: keelctl: too large: worker-1: \d+ of 16384 bytes/,
  )
})

test('the shipped files are formatted as OpenTofu formats them', () => {
  expect(tofu.run('fmt', '-check', '-recursive')).toMatchObject({ status: 0, stdout: '' })
})
