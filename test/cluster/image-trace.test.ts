/** Nothing is in the image that a node does not need: everything in it is touched by one that joins and runs pods. Needs root. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WORKLOAD_MODULES } from '../../images/recipes/workload-modules.ts'
import type { Medium } from '../../src/vm/qemu-media.ts'
import { entries } from '../image/opened.ts'
import { AGENT_PORT, agentFragment, askOver } from '../vm/agent.ts'
import { iso, vfat } from '../vm/media.ts'
import { machineConfig, newDisk, steady, tempDir } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { create, isFailure, untilPodReady, WAIT_MS } from './kubectl.ts'
import { bootAt, worker } from './worker.ts'

let cluster: ControlPlane

beforeAll(async () => {
  cluster = await startControlPlane(await clusterPrograms())
})
afterAll(() => cluster?.stop())

const staticPod = (name: string, spec: object) =>
  `{apiVersion: keel/v1, kubernetes: {staticPods: [{pod: ${JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec,
  })}}]}}`

/** A pod with a network of its own and a volume in memory: what the bridge, its address book and `mount` are for. */
const POD_NETWORK = staticPod('bridged', {
  containers: [
    {
      name: 'bridged',
      image: 'keel.local/demo:1',
      imagePullPolicy: 'Never',
      args: ['/etc/hosts'],
      volumeMounts: [{ name: 'memory', mountPath: '/memory' }],
    },
  ],
  volumes: [{ name: 'memory', emptyDir: { medium: 'Memory' } }],
})

/** A pod with a host port and with the folder where volume plugins are installed; when it ends, its port is taken back. */
const PORTED = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'ported', namespace: 'default' },
  spec: {
    nodeName: 'traced',
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: 'ported',
        image: 'keel.local/demo:1',
        imagePullPolicy: 'Never',
        args: ['/etc/hosts'],
        ports: [{ containerPort: 80, hostPort: 8080 }],
        volumeMounts: [{ name: 'exec', mountPath: '/exec' }],
      },
    ],
    volumes: [{ name: 'exec', hostPath: { path: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec' } }],
  },
}

/** A pod whose image is nowhere: the server shows a certificate, and containerd looks whom it trusts. */
const podFrom = (server: string) =>
  staticPod('pulled', { containers: [{ name: 'pulled', image: `${server}/none:1` }] })

/** Nobody here is Azure or brings the programs that ask for these modules, so the config names them: each is there, and the kernel takes it. The watchdog is one more. */
const MODULES = `
apiVersion: keel/v1
watchdog: {device: software}
kernel: {modules: [udf, ${WORKLOAD_MODULES.map(({ name }) => name).join(', ')}]}
`

/**
 * From before PID 1 on, the kernel notes every file that anything opens or executes: both go through the first function. kubeadm
 * only looks whether a few programs are there, which goes through the second. The event of exec says the same again, but only an
 * event of the kernel's own gives the buffer its full size this early.
 */
const TRACE = [
  'kprobe_event=p:keel_open,do_filp_open,path=+0(+0(%si)):string;p:keel_look,vfs_statx,path=+0(+0(%si)):string',
  'trace_event=sched:sched_process_exec',
  'trace_buf_size=24M',
]

test('everything in the image is touched by a node that finds its config in four places, joins and runs three pods', async () => {
  const tap = cluster.network.addTap()
  const config = [
    worker('traced', tap, cluster),
    POD_NETWORK,
    podFrom(cluster.endpoint),
    MODULES,
    agentFragment(),
  ]
  const vm = await bootAt(cluster, tap, {
    config,
    disk: newDisk(1024),
    cmdline: TRACE.join(' '),
    hardware: { media: seeds(machineConfig(config)) },
  })
  await steady(vm, WAIT_MS)
  for (const pod of ['agent-traced', 'bridged-traced']) await untilPodReady(cluster, pod)
  await create(cluster, PORTED)
  await untilPodReady(cluster, 'ported')
  await cluster.kubectl('delete', 'pod', 'ported', '--wait', '--timeout=150s')
  const refusal = 'jsonpath={.status.containerStatuses[0].state.waiting.message}'
  await cluster.kubectl('wait', 'pod/pulled-traced', `--for=${refusal}`, '--timeout=50s')
  const why = await cluster.kubectl('get', 'pod/pulled-traced', '-o', refusal)
  expect(why).toContain('certificate signed by unknown authority')
  await vm.waitFor('registry-untrusted', isFailure('registry-untrusted'), WAIT_MS)

  const address = tap.address.split('/')[0] ?? ''
  const ask = async (command: string) => askOver(await cluster.connect(address, AGENT_PORT), command)
  const tracing = '/sys/kernel/tracing'
  expect(await ask(`mount tracefs ${tracing}`)).toBe('')
  const [initramfs, root] = touchedIn(await ask(`cat ${tracing}/trace`))
  const untouched = entries().filter(({ in: where, path, kind, only }) => {
    // The initramfs itself is unpacked, which opens everything in it, and PID 1 finds its console open.
    // What only machines with other firmware open is for test/vm/disk-image.test.ts to show.
    const isDone = kind === 'dir' || path === '/dev/console' || only !== undefined
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

/** What was touched in the initramfs, and what in the root: PID 1 changes over by executing itself again. */
function touchedIn(trace: string): [Set<string>, Set<string>] {
  const lines = [...trace.matchAll(/ keel_(open|look): \(.*\) path="(\/[^"]*)"/g)].map(
    ([, how, path = '']) => ({ how, path }),
  )
  const border = lines.findIndex(({ how, path }) => how === 'open' && path === '/bin/keel-init')
  const links = new Map(
    entries().flatMap(({ path, target }) => (target === undefined ? [] : [[path, target] as const])),
  )
  // Looking is touching for a link only: a file that nothing opens is not needed.
  const touched = (some: typeof lines): Set<string> =>
    new Set(
      some.flatMap(({ how, path }) =>
        alongLinks(path, links).filter(one => how === 'open' || links.has(one)),
      ),
    )
  return [touched(lines.slice(0, border)), touched(lines.slice(border))]
}

/** Everything that opening a path touches: the links on its way, and where they lead. */
function alongLinks(path: string, links: ReadonlyMap<string, string>): string[] {
  const link = [...links.keys()].find(one => path === one || path.startsWith(`${one}/`))
  if (link === undefined) return [path]
  const target = join(link, '..', links.get(link) ?? '')
  return [link, ...alongLinks(target + path.slice(link.length), links)]
}
