import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EntryFact } from '../../images/report.ts'
import { IMAGE_DIR } from '../../src/image-files.ts'
import { kubeletAccess } from '../../src/kubelet-access.ts'
import { isRunning, waitForPod } from '../../src/kubelet-client.ts'
import { agentFragment, ask } from './agent.ts'
import { NETWORK, STANDALONE } from './configs.ts'
import { boot, newDisk, steady } from './vm.ts'

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

/** From before PID 1 on, the kernel notes every file that anything opens or executes: both go through this function. */
const TRACE = ['kprobe_event=p:keel_open,do_filp_open,path=+0(+0(%si)):string', 'trace_buf_size=24M']

test('everything in the image is opened or executed by a node that runs two pods', async () => {
  const access = kubeletAccess(new Date())
  const config = [STANDALONE, NETWORK, POD_NETWORK, access.fragment, agentFragment()]
  const vm = await boot({ config, disk: newDisk(1024), memoryMib: 2048, cmdline: TRACE.join(' ') })
  await steady(vm)
  const kubelet = access.of(vm)
  for (const pod of ['agent', 'hello', 'bridged']) await waitForPod(kubelet, pod, isRunning, WAIT_MS)

  const tracing = '/sys/kernel/tracing'
  expect(await ask(vm, `mount tracefs ${tracing}`)).toBe('')
  const trace = await ask(vm, `cat ${tracing}/trace`)
  const touched = touchedBy(trace)
  const files = JSON.parse(readFileSync(join(process.env['KEEL_IMAGE'] ?? IMAGE_DIR, 'files.json'), 'utf8')) as EntryFact[]
  const links = new Map(files.flatMap(({ path, target }) => (target === undefined ? [] : [[path, target] as const])))
  const resolved = new Set([...touched].map(path => follow(path, links)))
  const untouched = files.filter(({ path, kind }) => {
    if (kind === 'dir') return false
    if (kind === 'link') return ![...touched].some(one => one === path || one.startsWith(`${path}/`))
    return !resolved.has(path)
  })
  expect(untouched.map(entry => `${entry.in}:${entry.path}`), vm.console()).toEqual([])
})

const touchedBy = (trace: string): Set<string> =>
  new Set([...trace.matchAll(/ keel_open: \(.*\) path="([^"]*)"/g)].map(([, path = '']) => path.replace(/^\/proc\/1\/root/, '')))

/** A path with the image's links resolved. */
function follow(path: string, links: ReadonlyMap<string, string>): string {
  for (const [link, target] of links) {
    if (path !== link && !path.startsWith(`${link}/`)) continue
    const parent = link.slice(0, link.lastIndexOf('/'))
    return follow(join(parent, target) + path.slice(link.length), links)
  }
  return path
}
