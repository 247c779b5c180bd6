/** Images that a node pulls: from mirrors, with a CA and credentials, by a proxy, two at a time; and what it reports when it cannot. Needs root. */
import { expect, test } from 'vitest'
import { isRunning, type Pod, waitForPod } from '../../src/kubelet/client.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { digestOf, type Image, workloadImage } from '../registry/image.ts'
import { bootAt, type Machine } from '../registry/machine.ts'
import { basicOf, startProxy } from '../registry/proxy.ts'
import { type RegistryOptions, type Request, startRegistry, USER } from '../registry/registry.ts'
import { HIDDEN_ADDRESS, openSite, SITE_ADDRESS, type Site } from '../registry/site.ts'
import { startTokenService } from '../registry/token-service.ts'
import { filesystemAt, treeOf } from '../vm/disk.ts'
import { ports } from '../vm/inside.ts'
import { newDisk, powerOff, steady } from '../vm/vm.ts'
import { isFailure } from './kubectl.ts'

/** For a pod whose image is pulled, also after the pauses that the kubelet makes between its tries. */
const POD_MS = 180_000

/** Ports of the registries. The last two are at an address that only the proxy reaches. */
const [OWN, MIRROR, BYPASSED, BY_TOKEN, AWAY, BEHIND, CLEAR] = [5000, 5001, 5002, 5003, 5004, 5005, 5006]
const [TOKENS, PROXY] = [5443, 3128]
const at = (port: number) => `${SITE_ADDRESS}:${port}`
/** What only the proxy knows. */
const BEHIND_THE_PROXY = {
  'registry.lab:443': `${HIDDEN_ADDRESS}:${BEHIND}`,
  'clear.lab:80': `${HIDDEN_ADDRESS}:${CLEAR}`,
}
const PROXY_USER = { username: 'egress', password: 'nor:this@one/40fe' }

interface Row {
  /** Also the name of the program in its image. */
  readonly pod: string
  readonly image: string
  /** The registry that has it. */
  readonly from: number
  /** The registry in whose place that one is asked. */
  readonly inPlaceOf?: string
}

/** Pods, each with an image that nothing but one registry has. */
const PULLED: readonly Row[] = [
  { pod: 'hub', image: 'docker.io/library/hub:1', from: MIRROR, inPlaceOf: 'docker.io' },
  { pod: 'any', image: 'elsewhere.lab/team/any:1', from: MIRROR, inPlaceOf: 'elsewhere.lab' },
  { pod: 'own', image: `${at(OWN)}/team/own:1`, from: OWN },
  { pod: 'first', image: `${at(BY_TOKEN)}/first:1`, from: BY_TOKEN },
  { pod: 'second', image: `${at(BY_TOKEN)}/second:1`, from: BY_TOKEN },
  { pod: 'behind', image: 'registry.lab/behind:1', from: BEHIND },
  { pod: 'clear', image: 'clear.lab/clear:1', from: CLEAR },
]
/** Its registry has it, but only a mirror may be asked, and that one does not have it. */
const MISSING: Row = { pod: 'missing', image: `${at(BYPASSED)}/missing:1`, from: BYPASSED }
const WRONG_PASSWORD = 'a-wrong-one-91ab'
const PAUSE: Row = { pod: 'pause-of-site', image: `${at(OWN)}/pause:1`, from: OWN }

test('a node pulls by mirrors, with a CA and credentials, by a proxy and two at a time, and its pause image too', async () => {
  const site = await openSite()
  const disk = newDisk(1024)
  const tokens = await startTokenService(site, { port: TOKENS, credentials: USER, concurrent: 2 })
  const images = imagesOf([...PULLED, MISSING], [PAUSE])
  const start = (port: number, options: Pick<RegistryOptions, 'wants' | 'address' | 'host'>) =>
    startRegistry(site, { port, images: imagesAt(port, images), ...options })
  const registries = new Map([
    [OWN, await start(OWN, { wants: 'password' })],
    [MIRROR, await start(MIRROR, { wants: 'password' })],
    [BYPASSED, await start(BYPASSED, {})],
    [BY_TOKEN, await start(BY_TOKEN, { wants: tokens.words })],
    [BEHIND, await start(BEHIND, { address: HIDDEN_ADDRESS, host: 'registry.lab' })],
    [CLEAR, await start(CLEAR, { address: HIDDEN_ADDRESS, host: null })],
  ])
  const requestsTo = (port: number) => registries.get(port)?.requests() ?? []
  const proxy = await startProxy(site, { port: PROXY, credentials: PROXY_USER, hosts: BEHIND_THE_PROXY })

  const machine = await bootAt(site, disk, [pulling(site, proxy.url), podsOf([...PULLED, MISSING]), METRICS])
  const { vm, kubelet } = machine
  await steady(vm)
  for (const { pod } of PULLED) await waitForPod(kubelet, pod, isRunning, POD_MS)
  for (const [row, image] of images)
    if (row !== MISSING)
      expect(requestsTo(row.from), row.image).toEqual(expect.arrayContaining(pullOf(row, image)))
  // Two repositories, and so two pulls, were waiting for their tokens at the same time.
  expect(new Set(tokens.asked)).toEqual(new Set(['repository:first:pull', 'repository:second:pull']))

  await waitForPod(kubelet, MISSING.pod, isNotPulled, POD_MS)
  expect(warnings(vm), vm.console()).toEqual([`image-not-found ${MISSING.image}`])
  const refusal = { path: '/v2/missing/manifests/1', inPlaceOf: at(BYPASSED), status: 404 }
  expect(requestsTo(MIRROR)).toContainEqual({ method: 'HEAD', ...refusal })
  expect(requestsTo(BYPASSED)).toEqual([])

  expect(new Set(proxy.asked)).toEqual(
    new Set(['CONNECT registry.lab:443', 'HEAD clear.lab:80', 'GET clear.lab:80']),
  )
  expect(proxy.refused).toEqual([])

  const sandboxes = (await programs(machine)).filter(name => name.startsWith('pause'))
  // The agent is the pod that the config has in addition.
  expect(sandboxes).toEqual(Array(PULLED.length + 2).fill(PAUSE.pod))
  expect(await isPinned(machine, digestOf(images.get(PAUSE)?.manifest ?? Buffer.alloc(0)))).toBe(true)
  expect((await ports(machine.ask)).loopback).toContain(METRICS_PORT)
  expect(site.network.strays()).toBe(0)
  await powerOff(vm)
  expectNoSecret(vm, disk)
})

/** Why the kubelet of a node cannot pull an image, as init reports it. */
const FAULTS: readonly (Row & { readonly code: string })[] = [
  { pod: 'away', image: `${at(AWAY)}/away:1`, from: AWAY, code: 'registry-unreachable' },
  { pod: 'denied', image: 'denied.lab/denied:1', from: MIRROR, code: 'registry-access-denied' },
  { pod: 'untrusted', image: 'untrusted.lab/untrusted:1', from: OWN, code: 'registry-untrusted' },
  { pod: 'untagged', image: `${at(OWN)}/untagged:none`, from: OWN, code: 'image-not-found' },
]

test('a node that cannot pull an image reports why, and pulls it as soon as its registry is there', async () => {
  const site = await openSite()
  const disk = newDisk(1024)
  const images = imagesOf(FAULTS)
  const start = (port: number) =>
    startRegistry(site, { port, wants: 'password', images: imagesAt(port, images) })
  const [own, mirror, away] = [await start(OWN), await start(MIRROR), await start(AWAY)]
  await away.stop()

  const { vm, kubelet } = await bootAt(site, disk, [failing(site), podsOf(FAULTS)])
  await steady(vm)
  for (const { code, image } of FAULTS) await vm.waitFor(`${code} of ${image}`, isFailure(code), POD_MS)
  await away.start()
  await waitForPod(kubelet, 'away', isRunning, POD_MS)
  for (const { pod } of FAULTS.slice(1)) await waitForPod(kubelet, pod, isNotPulled, POD_MS)
  // The kubelet has tried again meanwhile.
  expect(warnings(vm), vm.console()).toEqual(FAULTS.map(({ code, image }) => `${code} ${image}`).sort())
  expect(new Set(mirror.requests().map(({ status }) => status))).toEqual(new Set([401]))
  expect(new Set(own.requests().map(({ status }) => status))).toEqual(new Set([404]))
  expect(site.network.strays()).toBe(0)
  await powerOff(vm)
  expectNoSecret(vm, disk)
})

/** The names under which a registry has images; with a tag that is asked for in vain, it has another. */
const nameIn = ({ image }: Row) => image.slice(image.indexOf('/') + 1).replace(/:none$/, ':1')

const imagesOf = (demos: readonly Row[], pauses: readonly Row[] = []): Map<Row, Image> =>
  new Map([
    ...demos.map(row => [row, workloadImage('demo', row.pod)] as const),
    ...pauses.map(row => [row, workloadImage('pause', row.pod)] as const),
  ])

const imagesAt = (port: number, images: Map<Row, Image>): Record<string, Image> =>
  Object.fromEntries([...images].flatMap(([row, image]) => (row.from === port ? [[nameIn(row), image]] : [])))

/** What a pull consists of: the digest that the tag means, and then all that the node does not have. */
function pullOf(row: Row, { manifest, blobs }: Image): Request[] {
  const [repository, tag] = nameIn(row).split(':')
  const request = (method: string, path: string): Request => ({
    method,
    path: `/v2/${repository}/${path}`,
    ...(row.inPlaceOf && { inPlaceOf: row.inPlaceOf }),
    status: 200,
  })
  return [
    request('HEAD', `manifests/${tag}`),
    request('GET', `manifests/${digestOf(manifest)}`),
    ...blobs.map(blob => request('GET', `blobs/${digestOf(blob)}`)),
  ]
}

const kubernetes = (section: object) => JSON.stringify({ apiVersion: 'keel/v1', kubernetes: section })

const podsOf = (rows: readonly Row[]) =>
  kubernetes({
    staticPods: rows.map(({ pod, image }) => ({
      pod: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: pod, namespace: 'default' },
        spec: {
          hostNetwork: true,
          terminationGracePeriodSeconds: 1,
          containers: [{ name: pod, image }],
        },
      },
    })),
  })

const trusted = (site: Site) => ({ ca: { inline: site.ca } })

/** A fragment by which all of PULLED come, and MISSING does not. */
function pulling(site: Site, proxy: string): string {
  const locked = { ...trusted(site), credentials: USER }
  const mirrors = [{ url: `https://${at(MIRROR)}`, ...locked }]
  return kubernetes({
    pauseImage: PAUSE.image,
    kubelet: { config: { serializeImagePulls: false, maxParallelImagePulls: 2 } },
    registries: [
      { name: 'docker.io', mirrors },
      { name: '*', mirrors },
      { name: at(BYPASSED), upstream: false, mirrors },
      { name: at(OWN), ...locked },
      { name: at(BY_TOKEN), ...locked },
      { name: 'registry.lab', ...trusted(site) },
      { name: 'clear.lab', url: 'http://clear.lab' },
    ],
    proxy: { http: proxy, https: proxy, noProxy: ['10.90.0.0/24'], credentials: PROXY_USER },
  })
}

/** A fragment by which none of FAULTS comes. */
function failing(site: Site): string {
  const locked = { ...trusted(site), credentials: USER }
  const wrong = { ...USER, password: WRONG_PASSWORD }
  const mirror = { url: `https://${at(MIRROR)}`, ...trusted(site), credentials: wrong }
  return kubernetes({
    registries: [
      { name: at(OWN), ...locked },
      { name: at(AWAY), ...locked },
      { name: 'denied.lab', upstream: false, mirrors: [mirror] },
      { name: 'untrusted.lab', url: `https://${at(OWN)}`, credentials: USER },
    ],
  })
}

/** A part of containerd's configuration that is the user's own, with an effect that can be seen. */
const METRICS_PORT = 1338
const METRICS = JSON.stringify({
  apiVersion: 'keel/v1',
  storage: {
    files: [
      {
        path: '/etc/containerd/conf.d/50-metrics.toml',
        contents: {
          inline: `version = 4\n[plugins.'io.containerd.server.v1.metrics']\naddress = '127.0.0.1:${METRICS_PORT}'\n`,
        },
      },
    ],
  },
})

/** What the node has reported, but for what would have ended its boot. */
const warnings = ({ events }: Vm): string[] =>
  events
    .flatMap(({ type, fatal, error }) => (type === 'failed' && fatal === false ? [error as Failure] : []))
    .map(({ code, object }) => `${code} ${object}`)
    .sort()
type Failure = { code: string; object: string }

const isNotPulled = ({ status }: Pod) =>
  (status.containerStatuses ?? []).some(({ state }) =>
    ['ErrImagePull', 'ImagePullBackOff'].includes(state.waiting?.reason ?? ''),
  )

/** Names of all processes of the node. */
const programs = async ({ ask }: Machine): Promise<string[]> =>
  [...(await ask('processes')).matchAll(/^\d+ \((.*)\) \S \d/gm)].map(([, name = '']) => name)

const [METADATA, PAGE] = ['/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db', 4096]

/** Whether containerd has marked the image as one that is never removed: a page of its database has the image's digest and labels. */
async function isPinned({ read }: Machine, digest: string): Promise<boolean> {
  const database = await read(METADATA)
  return Array.from({ length: database.length / PAGE }, (_, i) =>
    database.subarray(i * PAGE, (i + 1) * PAGE),
  ).some(page => page.includes(digest) && page.includes('io.cri-containerd.pinned'))
}

/** The machine config on KEEL-STATE, of which docs/security.md tells. */
const GENERATIONS = '/config/'

/** Nothing else that the node shows or keeps has a password, also not as a header or a URL has it. */
function expectNoSecret(vm: Vm, disk: string): void {
  const users = [USER, PROXY_USER, { ...USER, password: WRONG_PASSWORD }]
  const secrets = users.flatMap(user => [
    user.password,
    encodeURIComponent(user.password),
    basicOf(user).replace('Basic ', ''),
  ])
  const onDisk = ['KEEL-STATE', 'KEEL-DATA'].flatMap(label => treeOf(filesystemAt(disk, label)))
  const kept = onDisk.filter(file => !file.startsWith(GENERATIONS))
  const all = [vm.console(), ...vm.events.map(event => JSON.stringify(event)), ...kept]
  expect(onDisk.length).toBeGreaterThan(kept.length)
  expect(all.filter(text => secrets.some(secret => text.includes(secret)))).toEqual([])
}
