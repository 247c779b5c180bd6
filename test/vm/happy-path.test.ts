import { once } from 'node:events'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { kubeletAccess } from '../../src/kubelet/access.ts'
import { isRunning, KUBELET_PORT, waitForPod } from '../../src/kubelet/client.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { agentFragment, readOnNode } from './agent.ts'
import { NETWORK, STANDALONE } from './configs.ts'
import { filesystemAt, filesystemState, partitionsOf, readFrom, tableProblems } from './disk.ts'
import { durableActions, outline } from './outline.ts'
import { boot, ctrlAltDelete, newDisk, powerOff, steady } from './vm.ts'

test('one config makes an empty disk a node whose pod runs, and a second boot changes nothing', async () => {
  const access = kubeletAccess(new Date())
  const config = [STANDALONE, NETWORK, access.fragment, agentFragment()]
  const disk = newDisk(1024)

  const first = await boot({ config, disk, memoryMib: 2048 })
  await steady(first)
  expect(stagesOf(outline(first.events)), first.console()).toEqual(STAGES)
  expect(imagesOf(outline(first.events))).toEqual([...BROUGHT, 'image /var/lib/agent.tar imported'])
  const pod = await waitForPod(access.of(first), 'hello', isRunning, 60_000)
  expect(await access.of(first).logs(pod, 'hello')).toBe('hello from standalone\nkept on disk\n')
  expect(await access.of(first).version()).toMatch(/^v1\.\d+\.\d+$/)
  expect(await servingCertificate(first)).toEqual({ of: 'kubelet', names: 'DNS:standalone', curve: 'P-256' })
  await waitForPod(access.of(first), 'agent', isRunning, 60_000)
  expect(await readOnNode(first, '/proc/sys/vm/max_map_count')).toBe('262144\n')
  expect(await readOnNode(first, '/proc/sys/kernel/hostname')).toBe('standalone\n')
  await powerOff(first)

  expect(tableProblems(disk)).toBe('')
  expect(partitionsOf(disk).map(({ name }) => name)).toEqual(['KEEL-STATE', 'KEEL-DATA'])
  expect(readFrom(filesystemAt(disk, 'KEEL-DATA'), '/persist/var/lib/app/motd')).toBe('kept on disk\n')

  const second = await boot({ config, disk, memoryMib: 2048 })
  await steady(second)
  expect(durableActions(second.events), second.console()).toEqual([])
  expect(imagesOf(outline(second.events))).toEqual([...BROUGHT, 'image /var/lib/agent.tar present'])
  const again = await waitForPod(access.of(second), 'hello', isRunning, 60_000)
  expect(await access.of(second).logs(again, 'hello')).toBe('hello from standalone\nkept on disk\n')
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
