/** critest, which asks a runtime for all that the kubelet may ask it for, in a pod on a node, against the node's containerd. Needs root. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clusterPrograms, longPrograms } from '../cluster/cluster-programs.ts'
import { onNode } from '../cluster/node-programs.ts'
import { filesImage, type Image, type LayerPart, workloadImage } from '../registry/image.ts'
import { bootNode } from '../registry/machine.ts'
import { type Built, dirOf, PATH, packagePart, toolsLayer } from '../registry/parts.ts'
import { startRegistry, USER } from '../registry/registry.ts'
import { openSite, SITE_ADDRESS } from '../registry/site.ts'
import { newDisk, steady, tempDir } from '../vm/vm.ts'
import { KNOWN_FAILURES } from './critest-failures.ts'
import { effectiveUidImage, libcLayer, NGINX, nginxImage } from './images.ts'
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
  const built = await clusterPrograms()
  const long = await longPrograms('cri-tools', 'util-linux', ...NGINX)
  await startRegistry(site, { port: PORT, wants: 'password', images: imagesOf(built, long) })
  const mirror = { url: `https://${SITE_ADDRESS}:${PORT}`, ca: { inline: site.ca }, credentials: USER }
  const registries = HOSTS.map(name => ({ name, upstream: false, mirrors: [mirror] }))
  const kubernetes = { cni: { bridge: {} }, registries, staticPods: [{ pod: POD }] }
  const config = JSON.stringify({ apiVersion: 'keel/v1', kubernetes })
  const machine = await bootNode(site, newDisk(4096), [config], { lifetimeMs: HOUR_MS })
  await steady(machine.vm)
  const read = async (name: string) => machine.read(`${FOLDER}/${name}`)
  const end = () => read('end').then(String, error => String(error))
  await expect.poll(end, { timeout: HOUR_MS, interval: 5000 }).toMatch(/^\d+\n$/)

  const report = join(tempDir(), 'report.json')
  writeFileSync(report, await read('report.json'))
  const outcomes = outcomesIn(report)
  show(outcomes)
  expect(outcomes.length).toBeGreaterThan(0)
  const failed = outcomes.filter(({ state }) => state !== 'passed').map(({ name }) => name)
  expect(failed.sort()).toEqual([...KNOWN_FAILURES].sort())
})

const FOLDERS = [
  onNode('socket', '/run/containerd', { mountPropagation: 'HostToContainer' }),
  onNode('folder', FOLDER, { mountPropagation: 'Bidirectional' }),
]

/** The kubelet removes pods that it has not made, so it is stopped meanwhile. A file says the end, because the kubelet does not. */
const RUN = `
kill -STOP $(pidof kubelet)
/critest --ginkgo.json-report=${FOLDER}/report.json --ginkgo.no-color --ginkgo.timeout=1h
echo $? > ${FOLDER}/.end
mv ${FOLDER}/.end ${FOLDER}/end
kill -CONT $(pidof kubelet)`

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'critest', namespace: 'default' },
  spec: {
    hostNetwork: true,
    hostPID: true,
    hostIPC: true,
    restartPolicy: 'Never',
    containers: [
      {
        name: 'critest',
        image: `${HOSTS[0]}/critest:1`,
        command: ['sh', '-c', RUN],
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
  const server = "echo 'httpd serves'; exec httpd -f -h /srv"
  const page = tempDir()
  mkdirSync(join(page, 'srv'))
  writeFileSync(join(page, 'srv/index.html'), 'served by httpd\n')
  // Debian builds busybox without pgrep, ipcs and ipcmk.
  const more = tempDir()
  mkdirSync(join(more, 'usr/bin'), { recursive: true })
  writeFileSync(join(more, 'usr/bin/pgrep'), '#!/bin/sh\nexec pidof "$1"\n', { mode: 0o755 })
  const utilities = [
    { folder: more },
    ...libcLayer(built),
    { ...packagePart(long, 'util-linux'), paths: ['usr/bin/ipcs', 'usr/bin/ipcmk'] },
  ]
  /** Each its own, however little is in it. */
  const single = (name: string) => {
    const own = tempDir()
    writeFileSync(join(own, name), name)
    return image({ Cmd: ['sh'] }, [{ folder: own, paths: [name] }])
  }
  const same = single('same')
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
    'hostnet-nginx-amd64:latest': nginxImage(built, long, 12003),
  }
  const named = Object.entries(staging).map(([name, made]) => [`k8s-staging-cri-tools/${name}`, made])
  return {
    ...Object.fromEntries(named),
    'critest:1': image({}, utilities, [{ folder: dirOf(long, 'cri-tools'), paths: ['critest'] }]),
    'e2e-test-images/busybox:1.29-2': image({ Cmd: ['sh'] }, utilities),
    'e2e-test-images/httpd:2.4.39-4': image({ Cmd: ['sh', '-c', server] }, [{ folder: page }]),
    'e2e-test-images/nginx:1.14-2': nginxImage(built, long, 80),
    'e2e-test-images/nonewprivs:1.3': effectiveUidImage(),
    // Not the node's own: critest removes it, and containerd removes an image with all of its names.
    'pause:3.9': workloadImage('pause', 'pause-3.9'),
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
