/** keelctl vm run with a program in place of QEMU: what it leaves behind however it ends. */
import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'

const KEELCTL = resolve('dist/keelctl')
/** Where it would put a machine's folder. */
let temp = ''
let folder = ''

beforeAll(() => {
  if (!existsSync(KEELCTL)) execFileSync('npm', ['run', 'build'])
  folder = mkdtempSync(join(tmpdir(), 'keel-cli-'))
  temp = join(folder, 'temp')
  for (const name of ['temp', 'bin', 'without', 'image']) mkdirSync(join(folder, name))
  for (const name of ['vmlinuz', 'initramfs.cpio']) writeFileSync(join(folder, 'image', name), '')
  writeFileSync(join(folder, 'node.yaml'), 'apiVersion: keel/v1\nhostname: node-1\n')
  symlinkSync('/usr/bin/timeout', join(folder, 'without', 'timeout'))
  // The probe for KVM ends at once; the machine stays until it is killed.
  const program = `#!/bin/sh\ncase "$*" in *kvm*) exit 1 ;; esac\necho $$ > ${folder}/pid\nexec sleep 60\n`
  writeFileSync(join(folder, 'bin', 'qemu-system-x86_64'), program, { mode: 0o755 })
})
afterAll(() => rmSync(folder, { recursive: true }))

function start(path: string) {
  const child = spawn(process.execPath, [KEELCTL, 'vm', 'run', 'node.yaml', '--image', 'image'], {
    cwd: folder,
    env: { PATH: path, TMPDIR: temp, HOME: folder },
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = new Promise<number | null>(done => child.once('close', done))
  return { child, output: () => output, ended }
}

test('a run that is told to end takes its machine and its folder with it', async () => {
  const { child, output, ended } = start(`${folder}/bin:/usr/bin:/bin`)
  await expect
    .poll(() => existsSync(join(folder, 'pid')) && output().includes('booting'), { timeout: 20_000 })
    .toBe(true)
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  child.kill('SIGTERM')
  await expect.poll(output, { timeout: 20_000 }).toContain('system_powerdown')
  expect(readdirSync(temp)).toHaveLength(1)
  child.kill('SIGHUP')
  expect(await ended, output()).toBe(3)
  expect(readdirSync(temp)).toEqual([])
  // The kernel ends it a moment after it was killed.
  await expect.poll(() => isThere(pid), { timeout: 20_000 }).toBe(false)
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a workstation without QEMU gets an error that says so', async () => {
  const { output, ended } = start(join(folder, 'without'))
  expect(await ended, output()).toBe(3)
  expect(output()).toContain('qemu-system-x86_64 does not start')
  expect(readdirSync(temp)).toEqual([])
})
