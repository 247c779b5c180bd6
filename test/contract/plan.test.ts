/** keelctl plan asks the real keel-init. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realEnv } from '../../src/cli/env.ts'
import { plan } from '../../src/commands/plan.ts'
import { keelInit } from './validators.ts'

const DEMO = 'fixtures/demo/worker.keel.yaml'
const SHOW = { format: 'pretty', color: 'never' } as const
let init = ''
let folder = ''
let disk = ''

beforeAll(() => {
  init = keelInit()
  folder = mkdtempSync(join(tmpdir(), 'keel-plan-'))
  disk = join(folder, 'disk.raw')
  writeFileSync(disk, '')
  truncateSync(disk, 2 ** 32)
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** Exit code and stdout. */
function planned(files: string[], options: { disk?: string[]; json?: true }) {
  let stdout = ''
  const collect = (text: string) => {
    stdout += text
  }
  const env = { ...realEnv(), stdout: collect }
  return {
    code: plan(files, { ...SHOW, keelInit: init, ...options }, env),
    stdout: stdout.replaceAll(folder, ''),
  }
}

test('the plan for an empty disk sets it up, in order', () => {
  const { code, stdout } = planned([DEMO], { disk: [`${disk},serial=keel-disk`], json: true })
  const actions = JSON.parse(stdout).actions.map(
    (action: { action: string; object: string }) => `${action.action} ${action.object}`,
  )
  expect({ code, actions }).toEqual({
    code: 0,
    actions: [
      'write-table /disk.raw',
      'make-filesystem KEEL-STATE',
      'finish-partition KEEL-STATE',
      'make-filesystem KEEL-DATA',
      'finish-partition KEEL-DATA',
    ],
  })
})

test('a refusal names the line that asks for what is not there', () => {
  const { code, stdout } = planned([DEMO], { disk: [disk] })
  expect(code).toBe(1)
  expect(stdout).toContain(
    'refused: disk-not-found (disk with serial keel-disk) at /storage/disks/0/selector\n',
  )
  expect(stdout).toContain(`  ${DEMO}:20 asks for it\n`)
})

test('a plan that erases something says what, in words and as JSON', () => {
  const image = join(folder, 'used.raw')
  writeFileSync(image, '')
  truncateSync(image, 2 ** 32)
  spawnSync('sgdisk', ['--new=1:1M:+64M', '--change-name=1:vmail-dir', image])
  const config = join(folder, 'wipe.keel.yaml')
  const demo = readFileSync(DEMO, 'utf8').replace(/kubernetes:.*/s, 'kubernetes: {role: none}\n')
  writeFileSync(config, demo.replace(/(?=partitions:)/, 'wipe: true\n      '))
  const options = { disk: [`${image},serial=keel-disk`] }
  const erases = 'gpt with vmail-dir (empty, 64 MiB)'
  expect(planned([config], options).stdout).toContain(`wipe=true\n     erases ${erases}\n`)
  const { actions } = JSON.parse(planned([config], { ...options, json: true }).stdout)
  expect(actions[0]).toMatchObject({ action: 'write-table', wipe: true, erases })
})

test('no secret is in a plan or in a refusal', () => {
  const token = 'abcdef.0123456789abcdef'
  const config = join(folder, 'worker.keel.yaml')
  const hash = `sha256:${'0'.repeat(64)}`
  const demo = readFileSync(DEMO, 'utf8').replace(/kubernetes:.*/s, '')
  const role = `kubernetes: {role: worker, join: {endpoint: "a:6443", token: ${token}, caCertHashes: ["${hash}"]}}\n`
  const file = '    - {path: /var/lib/hello/key, mode: 0600, contents: {inline: hush-hush}}\n'
  writeFileSync(config, demo.replace(/(?<= {2}files:\n)/, file) + role)
  for (const image of [`${disk},serial=keel-disk`, disk]) {
    for (const form of [{}, { json: true } as const]) {
      const { stdout } = planned([config], { disk: [image], ...form })
      expect(stdout).not.toBe('')
      expect(stdout).not.toMatch(/abcdef|hush-hush/)
    }
  }
})

test('no part of a config is in the temporary folder while keel-init runs, so that Ctrl-C leaves nothing', () => {
  const empty = mkdtempSync(join(folder, 'temporary-'))
  const lister = join(folder, 'keel-init')
  writeFileSync(lister, '#!/bin/sh\necho "here: $(ls "$TMPDIR")." >&2\nexit 3\n', { mode: 0o755 })
  const argv = ['dist/keelctl', 'plan', DEMO, '--disk', disk, '--keel-init', lister]
  const { stderr, status } = spawnSync('node', argv, {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: empty },
  })
  expect({ stderr, status }).toMatchObject({ stderr: expect.stringContaining('here: .'), status: 3 })
})

test('a machine config is planned as it is', () => {
  const { code, stdout } = planned(['fixtures/machine/ok/a-node-in-ram.json'], { disk: [disk] })
  expect({ code, stdout }).toEqual({ code: 0, stdout: '0 actions\n' })
})
