/** critest, which asks a runtime for all that the kubelet may ask it for, in a pod on a node, against the node's containerd. Needs root. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { waitForPod } from '../../src/kubelet/client.ts'
import { clusterPrograms, longProgram } from '../cluster/cluster-programs.ts'
import { filesImage, type Image, type LayerPart, workloadImage } from '../registry/image.ts'
import { bootNode } from '../registry/machine.ts'
import { type Built, dirOf, PATH, toolsLayer } from '../registry/parts.ts'
import { startRegistry, USER } from '../registry/registry.ts'
import { openSite, SITE_ADDRESS } from '../registry/site.ts'
import { newDisk, steady, tempDir } from '../vm/vm.ts'
import { KNOWN_FAILURES } from './critest-failures.ts'
import { outcomesIn, show } from './suite.ts'

const HOUR_MS = 3_600_000
const PORT = 5000
/** The registries that its images are named by. */
const HOSTS = ['registry.k8s.io', 'k8s.gcr.io', 'gcr.io']
/** One path for the node and for the pod: what critest makes there, it tells containerd to mount. */
const FOLDER = '/var/lib/critest'

test('critest: the runtime of a node does all that the kubelet may ask for', {
  timeout: HOUR_MS,
}, async () => {
  const site = await openSite()
  const [built, long] = [await clusterPrograms(), await longProgram('cri-tools')]
  await startRegistry(site, { port: PORT, wants: 'password', images: imagesOf(built, long) })
  const mirror = { url: `https://${SITE_ADDRESS}:${PORT}`, ca: { inline: site.ca }, credentials: USER }
  const registries = HOSTS.map(name => ({ name, upstream: false, mirrors: [mirror] }))
  const kubernetes = { cni: { bridge: {} }, registries, staticPods: [{ pod: POD }] }
  const config = JSON.stringify({ apiVersion: 'keel/v1', kubernetes })
  const machine = await bootNode(site, newDisk(4096), [config], { lifetimeMs: HOUR_MS })
  await steady(machine.vm)
  const isOver = ({ status }: { status: { phase?: string } }) =>
    ['Succeeded', 'Failed'].includes(status.phase ?? '')
  await waitForPod(machine.kubelet, 'critest', isOver, HOUR_MS)

  const report = join(tempDir(), 'report.json')
  writeFileSync(report, await machine.read(`${FOLDER}/report.json`))
  const outcomes = outcomesIn(report)
  show(outcomes)
  expect(outcomes.length).toBeGreaterThan(0)
  const failed = outcomes.filter(({ state }) => state !== 'passed').map(({ name }) => name)
  expect(failed.sort()).toEqual([...KNOWN_FAILURES].sort())
})

const onNode = (name: string, path: string, mountPropagation: string) => ({
  mount: { name, mountPath: path, mountPropagation },
  volume: { name, hostPath: { path, type: 'DirectoryOrCreate' } },
})
const FOLDERS = [
  onNode('socket', '/run/containerd', 'HostToContainer'),
  onNode('folder', FOLDER, 'Bidirectional'),
]

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'critest', namespace: 'default' },
  spec: {
    hostNetwork: true,
    hostPID: true,
    restartPolicy: 'Never',
    containers: [
      {
        name: 'critest',
        image: `${HOSTS[0]}/critest:1`,
        args: [`--ginkgo.json-report=${FOLDER}/report.json`, '--ginkgo.no-color', '--ginkgo.timeout=1h'],
        env: [{ name: 'TMPDIR', value: FOLDER }],
        securityContext: { privileged: true },
        volumeMounts: FOLDERS.map(({ mount }) => mount),
      },
    ],
    volumes: FOLDERS.map(({ volume }) => volume),
  },
}

/** All that critest pulls, by the names that upstream has for it, but for one image by its digest. */
function imagesOf(built: Built, long: Built): Record<string, Image> {
  const folder = tempDir()
  const tools = toolsLayer(built, folder)
  writeFileSync(join(folder, 'etc/passwd'), PASSWD)
  writeFileSync(join(folder, 'etc/group'), GROUP)
  const image = (config: object, ...more: LayerPart[][]) =>
    filesImage([tools, ...more], { Env: [PATH], ...config })
  const shell = (config: object = {}) => image({ Cmd: ['sh'], ...config })
  const serving = (port: number) => image({ Cmd: ['httpd', '-f', '-p', String(port), '-h', '/etc'] })
  /** Each its own, however little is in it. */
  const single = (name: string) => {
    const own = tempDir()
    writeFileSync(join(own, name), name)
    return image({ Cmd: ['sh'] }, [{ folder: own, paths: [name] }])
  }
  const same = single('same')
  const pause = workloadImage('pause', 'pause')
  const staging = {
    'test-image-user-uid:latest': shell({ User: '1002' }),
    'test-image-user-username:latest': shell({ User: 'www-data' }),
    'test-image-user-uid-group:latest': shell({ User: '1003:50000' }),
    'test-image-user-username-group:latest': shell({ User: 'www-data:100' }),
    'test-image-predefined-group:latest': shell({ User: '1000' }),
    'test-image-latest:latest': single('latest'),
    'test-image-tag:test': single('test'),
    'test-image-tag:all': single('all'),
    ...Object.fromEntries([1, 2, 3].map(n => [`test-image-${n}:latest`, single(String(n))])),
    ...Object.fromEntries([1, 2, 3].map(n => [`test-image-tags:${n}`, same])),
    'hostnet-nginx-amd64:latest': serving(12003),
  }
  const named = Object.entries(staging).map(([name, made]) => [`k8s-staging-cri-tools/${name}`, made])
  return {
    ...Object.fromEntries(named),
    'critest:1': filesImage([tools, [{ folder: dirOf(long, 'cri-tools'), paths: ['critest'] }]], {
      Entrypoint: ['/critest'],
      Env: [PATH],
    }),
    'e2e-test-images/busybox:1.29-2': shell(),
    'e2e-test-images/nginx:1.14-2': serving(80),
    'pause:3.9': pause,
  }
}

const PASSWD = `root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/bin/false
default-user:x:1000:1000:Linux User,,,:/home/default-user:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/sh
`
const GROUP = `root:x:0:
www-data:x:33:
default-user:x:1000:
group-defined-in-image:x:50000:default-user
nobody:x:65534:
`
