/**
 * Every minor of Kubernetes that images can have: what such an image is made of, and its workers in clusters of the same and of another
 * minor. Only npm run test:long runs this file: it builds what npm test needs in one version in four. Needs root.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildImage, cacheFolder, nodeEnvironment } from '../../images/index.ts'
import { kubernetesVersions } from '../../images/lock.ts'
import { generatedKubernetes } from '../../schema/gen-kubernetes.ts'
import { KUBERNETES_LINES } from '../../schema/kubernetes-lines.ts'
import { IMAGE_DIR, imageFilesIn } from '../../src/image/image-files.ts'
import type { NodeEvent } from '../../src/vm/vm.ts'
import { featureGatesOf, flagsOf, minorOf } from '../../transpiler/sections/kubernetes/known.ts'
import { clusterPrograms } from '../cluster/cluster-programs.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { isFailure, joins, runPod, untilReady, WAIT_MS, WHOLE_MS } from '../cluster/kubectl.ts'
import { bootAt, SHORT_DELAYS, worker } from '../cluster/worker.ts'
import { imageFacts } from '../image/opened.ts'
import { unpackInitramfs, unpackRoot } from '../image/unpack.ts'
import { lockOf } from '../lock.ts'
import { newDisk, steady } from '../vm/vm.ts'

const VERSIONS = kubernetesVersions(lockOf('components'))
const [USUAL = ''] = VERSIONS
/** The one before the usual one. */
const [, BEFORE = ''] = VERSIONS
const BUILD_MS = 3_600_000

const built = new Map<string, Promise<string>>()

/** The folder of a version's image, which is built once; the usual one is there. */
function folderOf(version: string): Promise<string> {
  const folder = built.get(version) ?? build(version)
  built.set(version, folder)
  return folder
}

async function build(kubernetes: string): Promise<string> {
  if (kubernetes === USUAL) return IMAGE_DIR
  const { version: keelVersion } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const outDir = `${IMAGE_DIR}-${kubernetes}`
  const image = { keelVersion, imageVersion: keelVersion, kubernetes }
  const options = { recipe: 'cloud', kind: 'kernel', locked: false, ...image, outDir } as const
  const environment = nodeEnvironment(process.env, text => process.stderr.write(text), false)
  await buildImage(options, { checkout: process.cwd(), cache: cacheFolder(process.env) }, environment)
  return outDir
}

describe.each(VERSIONS)('an image of Kubernetes %s', version => {
  const dir = mkdtempSync(join(tmpdir(), 'keel-version-'))
  let folder = ''
  beforeAll(async () => {
    folder = await folderOf(version)
    unpackInitramfs(join(folder, 'initramfs.cpio'), join(dir, 'initramfs'))
    unpackRoot(join(dir, 'initramfs', 'root.img'), join(dir, 'root'))
  }, BUILD_MS)
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const inRoot = (path: string) => join(dir, 'root', path)
  const kubelet = (...argv: string[]) =>
    spawnSync(inRoot('/bin/kubelet'), argv, { argv0: 'kubelet', encoding: 'utf8' }).stdout

  test('says so: its kubelet, its kubeadm, image.json, the SBOM and /etc/os-release', () => {
    expect(kubelet('--version')).toBe(`Kubernetes v${version}\n`)
    const kubeadm = ['version', '--output=short']
    expect(spawnSync(inRoot('/bin/kubelet'), kubeadm, { argv0: 'kubeadm', encoding: 'utf8' }).stdout).toBe(
      `v${version}\n`,
    )
    expect(imageFacts(folder)).toMatchObject({ kubernetesVersion: version, lockExact: true })
    const { packages } = JSON.parse(readFileSync(join(folder, 'spdx.json'), 'utf8'))
    const listed = (packages as { name: string; versionInfo?: string }[]).filter(
      ({ name }) => name === 'kubelet',
    )
    expect(listed.map(({ versionInfo }) => versionInfo)).toEqual([version])
    expect(readFileSync(inRoot('/etc/os-release'), 'utf8')).toContain(
      `KEEL_KUBERNETES_VERSION="${version}"\n`,
    )
  })

  test('has the flags and the feature gates by which keelctl checks its configs', () => {
    const minor = minorOf(version)
    const help = kubelet('--help')
    const flags = [...help.matchAll(/^ +(?:-\w, )?--([a-z0-9-]+)/gm)].map(([, name = '']) => name)
    expect([...Object.keys(flagsOf(minor)), 'help'].sort()).toEqual([...new Set([...flags, 'help'])].sort())
    const open = [...help.matchAll(/^ +(\w+)=true\|false \((?:ALPHA|BETA) - default=(?:true|false)\)/gm)]
    const known = Object.entries(featureGatesOf(minor)).filter(([, { stage }]) => /ALPHA|BETA/.test(stage))
    expect(known.map(([name]) => name).sort()).toEqual(open.map(([, name]) => name).sort())
  })
})

test('schema/kubernetes is what npm run gen:kubernetes writes', { timeout: BUILD_MS }, () => {
  const isSame = generatedKubernetes() === readFileSync('schema/kubernetes/v1.json', 'utf8')
  expect(isSame, 'npm run gen:kubernetes').toBe(true)
})

async function clusterOf(version: string): Promise<ControlPlane> {
  const cluster = await startControlPlane(await clusterPrograms(version))
  onTestFinished(() => cluster.stop())
  return cluster
}

const bootOf = async (cluster: ControlPlane, version: string, name: string) => {
  const image = imageFilesIn(await folderOf(version))
  const tap = cluster.network.addTap()
  return bootAt(cluster, tap, {
    config: [worker(name, tap, cluster), SHORT_DELAYS, wants(version)],
    disk: newDisk(1024),
    image,
    lifetimeMs: WHOLE_MS,
  })
}

const wants = (version: string) => `apiVersion: keel/v1\nkubernetes: {version: "${minorOf(version)}"}\n`

test('workers of the usual minor and of an older one are nodes of one cluster, each with a pod', {
  timeout: BUILD_MS,
}, async () => {
  const cluster = await clusterOf(USUAL)
  const oldest = KUBERNETES_LINES.findLast(({ hasEnded }) => !hasEnded)?.minor ?? ''
  const older = VERSIONS.find(version => minorOf(version) === oldest) ?? ''
  for (const [name, version] of [
    ['worker-of-today', USUAL],
    ['worker-of-old', older],
  ] as const) {
    const vm = await bootOf(cluster, version, name)
    await steady(vm, WAIT_MS)
    expect(joins(vm), vm.console()).toEqual([{ nodeName: name, isFirst: true }])
    await untilReady(cluster, name, vm)
    await runPod(cluster, `pod-on-${name}`, name)
  }
  const versions = await cluster.kubectl(
    'get',
    'nodes',
    '-o',
    'jsonpath={range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion}{"\\n"}{end}',
  )
  expect(versions.trim().split('\n').sort()).toEqual([`worker-of-old v${older}`, `worker-of-today v${USUAL}`])
})

test('a worker newer than its API server does not begin to join, and says both versions', {
  timeout: BUILD_MS,
}, async () => {
  const cluster = await clusterOf(BEFORE)
  const vm = await bootOf(cluster, USUAL, 'worker-of-tomorrow')
  const isAgain = (event: NodeEvent) =>
    isFailure('join-version-skew')(event) && vm.events.filter(isFailure('join-version-skew')).length > 1
  const event = await vm.waitFor('the second refusal', isAgain, WAIT_MS)
  expect(event, vm.console()).toMatchObject({ fatal: false, retryInMs: expect.any(Number) })
  const { detail } = event['error'] as { detail: string }
  expect(detail).toContain(USUAL)
  expect(detail).toContain(BEFORE)
  const configured = vm.events.filter(
    ({ type, process }) => type === 'process-configured' && process === 'kubeadm',
  )
  expect(configured, vm.console()).toEqual([])
  expect(await cluster.kubectl('get', 'nodes', '-o', 'name')).toBe('')
})
