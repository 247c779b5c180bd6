/** What docs/guides/vagrant.md shows, run as it stands there by a real Vagrant and a real libvirtd. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { KUBELET_PORT } from '../../src/kubelet/client.ts'
import { blocksOf } from '../fenced-blocks.ts'
import { type Libvirt, startLibvirt } from '../libvirt/daemon.ts'
import { eventIn } from '../libvirt/event-file.ts'
import { machineConfig } from '../vm/vm.ts'

const { yaml, commands } = blocksOf('docs/guides/vagrant.md')
const [box = '', node, halt, destroy] = commands
/** A box is built where the mirror is, and no mirror is where libvirtd is. */
const [build, add] = box.split('\n')
const CONFIG = yaml[0] ?? ''

let libvirt: Libvirt
let project = ''

beforeAll(async () => {
  libvirt = await startLibvirt()
  project = join(libvirt.folder, 'project')
  mkdirSync(project)
  symlinkSync(resolve('dist/keelctl'), join(libvirt.folder, 'keelctl'))
  writeFileSync(join(project, 'worker-1.keel.yaml'), CONFIG)
  const [program = '', ...rest] = script(build)
  execFileSync(program, rest, { cwd: project, stdio: 'pipe' })
})
afterAll(() => libvirt?.close())

/** A block of the guide; where KVM boots nothing, with what the guide says about that, and one processor as all emulated machines of tests. */
function script(block = 'false'): string[] {
  const text =
    inject('image').accelerator === 'kvm'
      ? block
      : block.replace('--seed', '--accelerator tcg --cpus 1 --seed')
  return [
    ...['env', `PATH=${libvirt.folder}:${process.env['PATH']}`, `VAGRANT_HOME=${libvirt.folder}/vagrant`],
    ...['VAGRANT_CHECKPOINT_DISABLE=1', 'VAGRANT_NO_COLOR=1', 'LANG=C.UTF-8', 'sh', '-euc', text],
  ]
}
const run = (block: string | undefined) => libvirt.run(script(block), project)

const happened = (wanted: Record<string, unknown>) => eventIn(join(project, 'worker-1.jsonl'), wanted)

const named = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)

test('vagrant up brings the node up with the config of its seed, and ends when the kubelet answers', async () => {
  await run(add)
  expect(await run(node)).toMatch(/^worker-1 +running \(libvirt\)$/m)
  const { sha256 } = await happened({ type: 'source-answered', answer: 'config' })
  const wanted = createHash('sha256').update(machineConfig([CONFIG]))
  expect(sha256).toBe(wanted.digest('hex'))
  const [domain = ''] = named(await libvirt.virsh('list', '--name'))
  const address = /ipv4 +([\d.]+)/.exec(await libvirt.virsh('domifaddr', domain))?.[1] ?? ''
  expect(await certifiedName(address)).toBe('DNS:worker-1')
  await happened({ type: 'stage-finished', stage: 'steady' })
})

/** Whose certificate the kubelet shows: one that was made on the node, with the node's name in it. */
async function certifiedName(address: string): Promise<string> {
  const ask = `
    const [, host, port] = process.argv
    const socket = require('node:tls').connect({ host, port, rejectUnauthorized: false }, () => {
      process.stdout.write(socket.getPeerCertificate().subjectaltname)
      socket.end()
    })`
  return libvirt.run([process.execPath, '-e', ask, address, String(KUBELET_PORT)])
}

test('vagrant halt presses the power button, and the node ends in good order', async () => {
  await run(halt)
  await happened({ type: 'shutdown-finished', clean: true })
  expect(await run('vagrant status')).toMatch(/^worker-1 +shutoff \(libvirt\)$/m)
})

test('vagrant destroy leaves nothing but the image of the box', async () => {
  await run(destroy)
  expect(named(await libvirt.virsh('list', '--all', '--name'))).toEqual([])
  expect(named(await libvirt.virsh('net-list', '--all', '--name'))).toEqual([])
  const volumes = named(await libvirt.virsh('vol-list', 'default')).slice(2)
  expect(volumes.map(line => line.split(' ')[0])).toEqual([
    expect.stringMatching(/^keel_vagrant_box_image_0_\d+_box\.img$/),
  ])
})
