/** What docs/guides/libvirt.md shows, run as it stands there: one disk and one seed, started in three ways. */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { blocksOf } from '../fenced-blocks.ts'
import { machineConfig } from '../vm/vm.ts'
import { type Libvirt, startLibvirt } from './daemon.ts'
import { eventIn } from './event-file.ts'

const { yaml, commands } = blocksOf('docs/guides/libvirt.md')
const [make, defined, shutdown, undefined_, installed, gone, started] = commands
const CONFIG = yaml[0] ?? ''

/** libvirt's network of that name, without a way out: a firewall is the host's. */
const NETWORK = `<network><name>default</name><forward mode='open'/><bridge name='virbr0'/>
<ip address='192.168.122.1' netmask='255.255.255.0'><dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip>
</network>`

let libvirt: Libvirt
const at = (file: string) => join(libvirt.folder, file)

beforeAll(async () => {
  libvirt = await startLibvirt()
  writeFileSync(at('default.xml'), NETWORK)
  await libvirt.virsh('net-define', at('default.xml'))
  await libvirt.virsh('net-start', 'default')
  symlinkSync(resolve('dist/keelctl'), at('keelctl'))
  writeFileSync(at('worker-1.keel.yaml'), CONFIG)
  // Where libvirtd is there is no way to a mirror.
  const [program = '', ...rest] = script(make)
  execFileSync(program, rest, { cwd: libvirt.folder, stdio: 'pipe' })
})
afterAll(() => libvirt?.close())
// The events of a boot are a file of their own.
beforeEach(() => rmSync(at('worker-1.jsonl'), { force: true }))

/** A block of the guide; where KVM boots nothing, with what the guide says about that, and one processor as all emulated machines of tests. */
function script(block = 'false'): string[] {
  const text =
    inject('image').accelerator === 'kvm'
      ? block
      : block.replace('--seed', '--accelerator tcg --cpus 1 --seed')
  return ['env', `PATH=${libvirt.folder}:${process.env['PATH']}`, 'sh', '-euc', text]
}
const run = (block: string | undefined) => libvirt.run(script(block))

const happened = (wanted: Record<string, unknown>) => eventIn(at('worker-1.jsonl'), wanted)

async function bootsFromSeed(): Promise<void> {
  const { sha256 } = await happened({ type: 'source-answered', source: 'nocloud', answer: 'config' })
  expect(sha256).toBe(
    createHash('sha256')
      .update(machineConfig([CONFIG]))
      .digest('hex'),
  )
  await happened({ type: 'stage-finished', stage: 'steady' })
}

/** What is left of a machine when it is gone: names, firmware variables, programs. */
async function leftOvers(): Promise<string[]> {
  const names = await libvirt.virsh('list', '--all', '--name')
  const files = await libvirt.run(['find', '/var/lib/libvirt/qemu/nvram', '-type', 'f'])
  const programs = await libvirt.run(['sh', '-c', 'cat /proc/[0-9]*/comm 2>/dev/null | grep qemu || true'])
  return [names, files, programs].flatMap(text => text.split('\n').filter(Boolean))
}

test('by virsh: the rendered domain starts, and stops by the power button', async () => {
  await run(defined)
  await bootsFromSeed()
  await run(shutdown)
  await happened({ type: 'shutdown-finished', clean: true })
  const state = async () => (await libvirt.virsh('domstate', 'worker-1')).trim()
  await expect.poll(state, { timeout: 60_000 }).toBe('shut off')
  await run(undefined_)
  expect(await leftOvers()).toEqual([])
})

test('by virt-install: the rendered command makes the same machine', async () => {
  await run(installed)
  await bootsFromSeed()
  expect(await libvirt.virsh('domuuid', 'worker-1')).toContain(
    /<uuid>(.*)</.exec(readFileSync(at('worker-1.xml'), 'utf8'))?.[1],
  )
  await run(gone)
  expect(await leftOvers()).toEqual([])
})

test('by QEMU alone: the rendered script starts it, and its prompt has a power button', async () => {
  const [program = '', ...rest] = libvirt.inside(script(started))
  const qemu = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [qemu.stdout, qemu.stderr]) stream.on('data', chunk => (output += chunk))
  const ended = once(qemu, 'close')
  await Promise.race([bootsFromSeed(), ended.then(() => Promise.reject(new Error(output)))])
  qemu.stdin.write('\x01csystem_powerdown\n')
  await happened({ type: 'shutdown-finished', clean: true })
  expect(await ended, output).toEqual([0, null])
  expect(await leftOvers()).toEqual([])
})
