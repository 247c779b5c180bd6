import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect, inject, test } from 'vitest'
import { kubeletAccess } from '../../src/kubelet/access.ts'
import { isRunning, KUBELET_PORT, waitForPod } from '../../src/kubelet/client.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { entries } from '../image/opened.ts'
import { AGENT_PORT, agentFragment, ask, readOnNode } from './agent.ts'
import { NETWORK, STANDALONE } from './configs.ts'
import { filesystemAt, filesystemState, partitionsOf, readFrom, tableProblems } from './disk.ts'
import { mounts, ports, processes, statedMounts, statedPorts, statedProcesses } from './inside.ts'
import { durableActions, outline } from './outline.ts'
import { boot, ctrlAltDelete, machineConfig, newDisk, powerOff, steady, tempDir } from './vm.ts'

/** Seconds, unless the host is busy. */
const POD_MS = 180_000

test('one config makes an empty disk a node whose pod runs, and a second boot changes nothing', async () => {
  const access = kubeletAccess(new Date())
  const config = [STANDALONE, NETWORK, access.fragment, agentFragment()]
  const disk = newDisk(1024)

  const planned = plannedFor(config, disk)
  const first = await boot({ config, disk, memoryMib: 2048 })
  await steady(first)
  // The device has another name there, and files of one directory are written at once.
  expect(durableActions(first.events).sort(), first.console()).toEqual(
    planned.map(line => line.replace(disk, '/dev/vda')).sort(),
  )
  expect(stagesOf(outline(first.events)), first.console()).toEqual(STAGES)
  expect(imagesOf(outline(first.events))).toEqual([...BROUGHT, 'image /var/lib/agent.tar imported'])
  const pod = await waitForPod(access.of(first), 'hello', isRunning, POD_MS)
  expect(await access.of(first).logs(pod, 'hello')).toBe('hello from standalone\nkept on disk\n')
  expect(await access.of(first).version()).toMatch(/^v1\.\d+\.\d+$/)
  expect(await servingCertificate(first)).toEqual({ of: 'kubelet', names: 'DNS:standalone', curve: 'P-256' })
  await waitForPod(access.of(first), 'agent', isRunning, POD_MS)
  expect(await readOnNode(first, '/proc/sys/vm/max_map_count')).toBe('262144\n')
  expect(await readOnNode(first, '/proc/sys/kernel/hostname')).toBe('standalone\n')
  await isAsStated(first)
  await powerOff(first)

  expect(tableProblems(disk)).toBe('')
  expect(partitionsOf(disk).map(({ name }) => name)).toEqual(['KEEL-STATE', 'KEEL-DATA'])
  expect(readFrom(filesystemAt(disk, 'KEEL-DATA'), '/persist/var/lib/app/motd')).toBe('kept on disk\n')

  expect(plannedFor(config, disk)).toEqual([])
  const second = await boot({ config, disk, memoryMib: 2048 })
  await steady(second)
  expect(durableActions(second.events), second.console()).toEqual([])
  expect(imagesOf(outline(second.events))).toEqual([...BROUGHT, 'image /var/lib/agent.tar present'])
  const again = await waitForPod(access.of(second), 'hello', isRunning, POD_MS)
  expect(await access.of(second).logs(again, 'hello')).toBe('hello from standalone\nkept on disk\n')
  await waitForPod(access.of(second), 'agent', isRunning, POD_MS)
  expect(await ask(second, `ls ${HOST}/etc`)).not.toContain(PROBE)
  // SIGINT to PID 1 is what Ctrl-Alt-Del becomes.
  await ctrlAltDelete(second)
  expect(outline(second.events).slice(-5), second.console()).toEqual([
    'shutdown signal reboot',
    'pods drained',
    'kubelet exited 0 wanted',
    'containerd exited 0 wanted',
    'shutdown clean reboot',
  ])
  for (const label of ['KEEL-STATE', 'KEEL-DATA'])
    expect(filesystemState(filesystemAt(disk, label)), label).toBe('clean')
})

/** The node's root, as the agent sees it, and a file that nobody has. */
const [HOST, PROBE] = ['/proc/1/root', 'keel-write-probe']
const PODS = ['hello', 'agent']
/** Every directory of the image that is not hidden by something that is mounted there. */
const OF_THE_IMAGE = [
  '/',
  ...entries().flatMap(({ in: where, kind, path }) => (where === 'root' && kind === 'dir' ? [path] : [])),
]
const EROFS = '030\n'

/** What docs/running-node.md says holds: what is mounted and how, where nothing can be written, what listens, what runs. */
async function isAsStated(vm: Vm): Promise<void> {
  const toAgent = (command: string) => ask(vm, command)
  const { own, bound } = await mounts(toAgent)
  expect(own).toEqual(statedMounts())
  const onDisk = new Map(own.map(({ path, options }) => [path, options]))
  expect(bound.map(({ path, options }) => [path, options])).toEqual([
    ...['/etc/kubernetes'].map(path => [path, onDisk.get('/keel/state')]),
    ...['/var/lib/app', '/var/lib/containerd', '/var/lib/kubelet'].map(path => [
      path,
      onDisk.get('/keel/data'),
    ]),
    ['/var/lib/kubelet/pki', onDisk.get('/keel/state')],
    ['/var/log', onDisk.get('/keel/data')],
  ])

  const hidden = own.map(({ path }) => path).filter(path => path !== '/')
  const readOnly = OF_THE_IMAGE.filter(dir => !hidden.some(path => `${dir}/`.startsWith(`${path}/`)))
  expect(readOnly.length).toBeGreaterThan(5)
  for (const dir of readOnly) expect(await ask(vm, `create ${HOST}${dir}/${PROBE}`), dir).toBe(EROFS)
  // In RAM, and so gone at the next boot.
  expect(await ask(vm, `create ${HOST}/etc/${PROBE}`)).toBe('000\n')

  expect(await ports(toAgent)).toEqual(statedPorts(AGENT_PORT))
  // What starts a container ends a moment later.
  await expect.poll(() => processes(toAgent), { timeout: POD_MS }).toEqual(statedProcesses(PODS.length))
  for (const path of ['/pods', '/metrics', '/logs/', '/configz', '/healthz'])
    expect(await statusWithoutCertificate(vm, path), path).toBe(401)
}

/** What the kubelet answers to somebody without a certificate. */
async function statusWithoutCertificate(vm: Vm, path: string): Promise<number | undefined> {
  const where = { host: '127.0.0.1', port: await vm.hostPort(KUBELET_PORT), path, rejectUnauthorized: false }
  return new Promise((resolve, reject) => {
    request(where, answer => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end()
  })
}

/** What keelctl plan reports about a disk, in the form of `durableActions`. */
function plannedFor(config: string[], disk: string): string[] {
  const file = join(tempDir(), 'machine.json')
  writeFileSync(file, machineConfig(config))
  const init = join(inject('image').kernel, '../keel-init')
  const argv = [
    'dist/keelctl',
    'plan',
    file,
    '--disk',
    `${disk},serial=keel-disk`,
    '--keel-init',
    init,
    '--json',
  ]
  const { actions } = JSON.parse(execFileSync('node', argv, { encoding: 'utf8' }))
  return actions.map(({ action, object }: { action: string; object: string }) => `${action} ${object}`)
}

/** The image's own are in the store that it brings. */
const BROUGHT = ['pause', 'demo'].map(name => `image /usr/lib/keel/images/${name}.tar present`)

const imagesOf = (lines: string[]): string[] => lines.filter(line => line.startsWith('image '))

/** What the kubelet shows to who asks it: the pair that init made. */
async function servingCertificate(vm: Vm) {
  const port = await vm.hostPort(KUBELET_PORT)
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { subject, subjectaltname, nistCurve } = socket.getPeerCertificate()
  socket.destroy()
  return { of: subject.CN, names: subjectaltname, curve: nistCurve }
}

/** Both tables of stages, each stage once, in order, and nothing that failed between them. */
const STAGES = [
  ...['mounts', 'console', 'modules', 'root'],
  ...[
    'mounts',
    'cgroups',
    'modules',
    'observe',
    'source',
    'verify',
    'disks',
    'filesystems',
    'persist',
    'files',
  ],
  ...['system', 'network', 'time', 'runtime', 'join', 'steady'],
]

function stagesOf(lines: string[]): string[] {
  return lines.flatMap(line =>
    line.endsWith(' ok') ? [line.slice(0, -3)] : line.startsWith('failed') ? [line] : [],
  )
}
