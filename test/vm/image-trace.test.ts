import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kubeletAccess } from '../../src/kubelet-access.ts'
import { isRunning, waitForPod } from '../../src/kubelet-client.ts'
import type { Medium } from '../../src/qemu-media.ts'
import { entries } from '../image/opened.ts'
import { agentFragment, ask } from './agent.ts'
import { NETWORK, STANDALONE } from './configs.ts'
import { iso, vfat } from './media.ts'
import { boot, machineConfig, newDisk, steady, tempDir } from './vm.ts'

const WAIT_MS = 120_000

/** A pod with a network of its own and a volume in memory: what the bridge, its address book and `mount` are for. */
const POD_NETWORK = `
apiVersion: keel/v1
kubernetes:
  cni: {bridge: {podCIDR: 10.244.0.0/24}}
  staticPods:
    - pod:
        apiVersion: v1
        kind: Pod
        metadata: {name: bridged, namespace: default}
        spec:
          containers:
            - name: bridged
              image: keel.local/demo:1
              imagePullPolicy: Never
              args: [/etc/hosts]
              volumeMounts: [{name: memory, mountPath: /memory}]
          volumes: [{name: memory, emptyDir: {medium: Memory}}]
`

/**
 * From before PID 1 on, the kernel notes every file that anything opens or executes: both go through this function. The event
 * of exec says the same again, but only an event of the kernel's own gives the buffer its full size this early.
 */
const TRACE = [
  'kprobe_event=p:keel_open,do_filp_open,path=+0(+0(%si)):string',
  'trace_event=sched:sched_process_exec',
  'trace_buf_size=16M',
]

test('everything in the image is opened or executed by a node that finds its config in four places and runs two pods', async () => {
  const access = kubeletAccess(new Date())
  const config = [STANDALONE, NETWORK, POD_NETWORK, access.fragment, agentFragment()]
  const vm = await boot({
    config,
    disk: newDisk(1024),
    memoryMib: 2048,
    cmdline: TRACE.join(' '),
    hardware: { media: seeds(machineConfig(config)) },
  })
  await steady(vm)
  const kubelet = access.of(vm)
  for (const pod of ['agent', 'hello', 'bridged']) await waitForPod(kubelet, pod, isRunning, WAIT_MS)

  const tracing = '/sys/kernel/tracing'
  expect(await ask(vm, `mount tracefs ${tracing}`)).toBe('')
  const [initramfs, root] = touchedIn(await ask(vm, `cat ${tracing}/trace`))
  const untouched = entries().filter(({ in: where, path, kind }) => {
    // The initramfs itself is unpacked, which opens everything in it, and PID 1 finds its console open.
    const isDone = kind === 'dir' || path === '/dev/console'
    return !isDone && !(where === 'root' ? root : initramfs).has(path)
  })
  expect(
    untouched.map(entry => `${entry.in}:${entry.path}`),
    vm.console(),
  ).toEqual([])
})

/** The same machine config on each kind of medium that a source may be on, each behind another controller. */
function seeds(config: string): Medium[] {
  const dir = tempDir()
  return [
    { file: vfat(dir, 'KEEL', { 'machine.json': config }), as: 'scsi-disk' },
    { file: iso(dir, 'cidata', { 'user-data': config }), as: 'ide-cd' },
    { file: iso(dir, 'config-2', { 'openstack/latest/user_data': config }), as: 'piix-cd' },
  ]
}

/** What was opened in the initramfs, and what in the root: PID 1 goes over by executing itself anew. */
function touchedIn(trace: string): [Set<string>, Set<string>] {
  const opened = [...trace.matchAll(/ keel_open: \(.*\) path="(\/[^"]*)"/g)].map(([, path = '']) => path)
  const border = opened.indexOf('/bin/keel-init')
  const links = new Map(
    entries().flatMap(({ path, target }) => (target === undefined ? [] : [[path, target] as const])),
  )
  const touched = (paths: string[]): Set<string> => new Set(paths.flatMap(path => alongLinks(path, links)))
  return [touched(opened.slice(0, border)), touched(opened.slice(border))]
}

/** Everything that opening a path touches: the links on its way, and where they lead. */
function alongLinks(path: string, links: ReadonlyMap<string, string>): string[] {
  const link = [...links.keys()].find(one => path === one || path.startsWith(`${one}/`))
  if (link === undefined) return [path]
  const target = join(link, '..', links.get(link) ?? '')
  return [link, ...alongLinks(target + path.slice(link.length), links)]
}
