/** What docs/guides/vagrant.md shows, run as it stands there by a real Vagrant and a real libvirtd. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KUBELET_PORT } from '../../src/kubelet-client.ts'
import type { NodeEvent } from '../../src/vm.ts'
import { type Libvirt, startLibvirt } from '../libvirt/daemon.ts'

const GUIDE = readFileSync('docs/guides/vagrant.md', 'utf8')
const blocks = (language: string): string[] =>
  [...GUIDE.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text]) =>
    name === language && text !== undefined ? [text] : [],
  )
const [box = '', node = '', halt = '', destroy = ''] = blocks('sh')

let libvirt: Libvirt
let project = ''

beforeAll(async () => {
  libvirt = await startLibvirt()
  project = join(libvirt.folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'worker-1.keel.yaml'), blocks('yaml keel')[0] ?? '')
})
afterAll(() => libvirt?.close())

/** A block of the guide, line by line: keelctl here, where it may build, and Vagrant where libvirtd is. */
async function run(block: string): Promise<string> {
  let said = ''
  for (const line of block.trim().split('\n')) said += await (/^keelctl /.test(line) ? keelctl : there)(line)
  return said
}

async function keelctl(line: string): Promise<string> {
  // Emulated, because the guide's only other choice is a KVM that works.
  const more = / render /.test(line) ? '--accelerator tcg --memory 1GiB --events events.jsonl' : ''
  const command = `node "$0" ${line.replace(/^keelctl /, '')} ${more}`
  return (await promisify(execFile)('sh', ['-c', command, resolve('dist/keelctl')], { cwd: project })).stdout
}

function there(line: string): Promise<string> {
  const env = [
    `VAGRANT_HOME=${libvirt.folder}/vagrant`,
    ...['VAGRANT_CHECKPOINT_DISABLE=1', 'VAGRANT_NO_COLOR=1', 'LANG=C.UTF-8'],
  ]
  return libvirt.run(['env', ...env, 'sh', '-c', line], project)
}

/** What the node has told so far; a line in the making is not there yet. */
function events(): NodeEvent[] {
  const file = join(project, 'events.jsonl')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
}

const named = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)

test('vagrant up brings the node up with the config of its seed, and ends when the kubelet answers', async () => {
  await run(box)
  const said = await run(node)
  expect(said).toContain('Machine booted and ready!')
  expect(said).toMatch(/^worker-1 +running \(libvirt\)$/m)

  const config = (await keelctl('keelctl transpile worker-1.keel.yaml')).toString()
  expect(events().filter(({ type, answer }) => type === 'source-answered' && answer === 'config')).toEqual([
    expect.objectContaining({
      source: 'nocloud',
      sha256: createHash('sha256').update(config).digest('hex'),
    }),
  ])
  const [domain = ''] = named(await libvirt.virsh('list', '--name'))
  const address = /ipv4 +([\d.]+)/.exec(await libvirt.virsh('domifaddr', domain))?.[1] ?? ''
  expect(await certifiedName(address)).toMatch(/^worker-1@\d+$/)
  const isLast = ({ type, stage }: NodeEvent) => type === 'stage-finished' && stage === 'steady'
  await expect.poll(() => events().some(isLast), { timeout: 120_000 }).toBe(true)
})

/** Whose certificate the kubelet shows: a new one is made on the node, with the node's name in it. */
async function certifiedName(address: string): Promise<string> {
  const ask = `
    const [, host, port] = process.argv
    const socket = require('node:tls').connect({ host, port, rejectUnauthorized: false }, () => {
      process.stdout.write(socket.getPeerCertificate().subject.CN)
      socket.end()
    })`
  return libvirt.run([process.execPath, '-e', ask, address, String(KUBELET_PORT)])
}

test('vagrant halt presses the power button, and the node ends in good order', async () => {
  await run(halt)
  expect(events().at(-1)).toMatchObject({ type: 'shutdown-finished', clean: true })
  expect(await there('vagrant status')).toMatch(/^worker-1 +shutoff \(libvirt\)$/m)
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
