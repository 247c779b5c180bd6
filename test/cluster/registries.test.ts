/** Images that a node pulls: from mirrors, with a CA and credentials, by a proxy, two at a time; and what it reports when it cannot. Needs root. */
import { expect, test } from 'vitest'
import { type Pod, waitForPod } from '../../src/kubelet/client.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { digestOf, type Image, workloadImage } from '../registry/image.ts'
import { bootNode, isPinned, type Machine } from '../registry/machine.ts'
import { basicOf, type ForwardProxy, startProxy } from '../registry/proxy.ts'
import {
  type Registry,
  type RegistryOptions,
  type Request,
  startRegistry,
  USER,
} from '../registry/registry.ts'
import { HIDDEN_ADDRESS, openSite, SITE_ADDRESS, type Site } from '../registry/site.ts'
import { startTokenService, type TokenService } from '../registry/token-service.ts'
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
  /** A container, and the name of its program. */
  readonly name: string
  readonly pod: string
  readonly image: string
  /** The registry that has it. */
  readonly from: number
  /** The registry in whose place that one is asked. */
  readonly inPlaceOf?: string
}

/** Each has an image that nothing but one registry has. A pod pulls its images one after the other. */
const PULLED: readonly Row[] = [
  { name: 'first', pod: 'one', image: `${at(BY_TOKEN)}/first:1`, from: BY_TOKEN },
  { name: 'hub', pod: 'one', image: 'docker.io/library/hub:1', from: MIRROR, inPlaceOf: 'docker.io' },
  { name: 'any', pod: 'one', image: 'any.lab/team/any:1', from: MIRROR, inPlaceOf: 'any.lab' },
  { name: 'own', pod: 'one', image: `${at(OWN)}/team/own:1`, from: OWN },
  { name: 'second', pod: 'two', image: `${at(BY_TOKEN)}/second:1`, from: BY_TOKEN },
  { name: 'behind', pod: 'two', image: 'registry.lab/behind:1', from: BEHIND },
  { name: 'clear', pod: 'two', image: 'clear.lab/clear:1', from: CLEAR },
]
const WRONG_PASSWORD = 'a-wrong-one-91ab'
const PAUSE: Row = { name: 'pause-of-site', pod: '', image: `${at(OWN)}/pause:1`, from: OWN }

/** Each has an image that its registry would have, and what init reports. */
const FAILED: readonly (Row & { readonly code: string })[] = [
  { name: 'away', pod: 'three', image: `${at(AWAY)}/away:1`, from: AWAY, code: 'registry-unreachable' },
  {
    name: 'denied',
    pod: 'three',
    image: 'denied.lab/denied:1',
    from: MIRROR,
    inPlaceOf: 'denied.lab',
    code: 'registry-access-denied',
  },
  {
    name: 'untrusted',
    pod: 'three',
    image: 'untrusted.lab/untrusted:1',
    from: OWN,
    code: 'registry-untrusted',
  },
  {
    name: 'untagged',
    pod: 'three',
    image: `${at(OWN)}/untagged:none`,
    from: OWN,
    code: 'image-not-found',
  },
  // Only the mirror may be asked, and that one does not have it.
  {
    name: 'bypassing',
    pod: 'three',
    image: `${at(BYPASSED)}/bypassing:1`,
    from: BYPASSED,
    code: 'image-not-found',
  },
]
const PODS = new Set([...PULLED, ...FAILED].map(({ pod }) => pod))

test('a node pulls by mirrors, with a CA and credentials, by a proxy and two at a time, its pause image too, and reports what it cannot pull until it can', async () => {
  const site = await openSite()
  const disk = newDisk(1024)
  const images = new Map([...PULLED, ...FAILED].map(row => [row, workloadImage('demo', row.name)]))
  images.set(PAUSE, workloadImage('pause', PAUSE.name))
  const tokens = await startTokenService(site, { port: TOKENS, credentials: USER, concurrent: 2 })
  const registries = await startRegistries(site, images, tokens)
  const away = registries.get(AWAY)
  await away?.stop()
  const proxy = await startProxy(site, { port: PROXY, credentials: PROXY_USER, hosts: BEHIND_THE_PROXY })

  const machine = await bootNode(site, disk, [configOf(site, proxy), METRICS])
  const { vm, kubelet } = machine
  await steady(vm)
  await vm.waitFor('the warning of a registry that is away', isFailure('registry-unreachable'), POD_MS)
  await away?.start()
  for (const { pod, name } of PULLED) await waitForPod(kubelet, pod, isUp(name), POD_MS)
  for (const row of [...PULLED, PAUSE]) {
    const requests = registries.get(row.from)?.requests()
    expect(requests, row.image).toEqual(expect.arrayContaining(pullOf(row, images.get(row))))
  }
  // Each of two pulls got its token only because the other one waited for its own at the same time.
  expect(new Set(tokens.asked)).toEqual(new Set(['repository:first:pull', 'repository:second:pull']))
  expect(new Set(proxy.asked)).toEqual(
    new Set(['CONNECT registry.lab:443', 'HEAD clear.lab:80', 'GET clear.lab:80']),
  )
  expect(proxy.refused).toEqual([])

  await waitForPod(kubelet, 'three', isUp('away'), POD_MS)
  // The kubelet has tried the others of that pod again, in vain.
  for (const { pod, name } of FAILED.slice(1)) await waitForPod(kubelet, pod, isNotPulled(name), POD_MS)
  expect(warnings(vm), vm.console()).toEqual(FAILED.map(({ code, image }) => `${code} ${image}`).sort())
  expect(statuses(registries.get(MIRROR), 'denied')).toEqual(new Set([401]))
  expect(statuses(registries.get(MIRROR), 'bypassing')).toEqual(new Set([404]))
  expect(registries.get(BYPASSED)?.requests()).toEqual([])
  expect(statuses(registries.get(OWN), 'untrusted')).toEqual(new Set())

  const sandboxes = (await programs(machine)).filter(name => name.startsWith('pause'))
  // The agent is a pod too.
  expect(sandboxes).toEqual(Array(PODS.size + 1).fill(PAUSE.name))
  expect(await isPinned(machine, images.get(PAUSE)?.manifest)).toBe(true)
  expect((await ports(machine.ask)).loopback).toContain(METRICS_PORT)
  expect(site.network.strays()).toBe(0)
  await powerOff(vm)
  expectNoSecret(vm, disk)
})

/** All of the network; their images are where the rows have them. */
async function startRegistries(
  site: Site,
  images: Map<Row, Image>,
  tokens: TokenService,
): Promise<Map<number, Registry>> {
  const rows: [number, Omit<RegistryOptions, 'port' | 'images'>][] = [
    [OWN, { wants: 'password' }],
    [MIRROR, { wants: 'password' }],
    [BYPASSED, {}],
    [BY_TOKEN, { wants: tokens.words }],
    [AWAY, {}],
    [BEHIND, { address: HIDDEN_ADDRESS, host: 'registry.lab' }],
    [CLEAR, { address: HIDDEN_ADDRESS, host: null }],
  ]
  const registries = new Map<number, Registry>()
  for (const [port, options] of rows) {
    const own = [...images].filter(([{ from }]) => from === port)
    const named = Object.fromEntries(own.map(([row, image]) => [nameIn(row), image]))
    registries.set(port, await startRegistry(site, { port, images: named, ...options }))
  }
  return registries
}

/** The name that a registry has for an image. With a tag that is asked for in vain it has another. */
const nameIn = ({ image }: Row) => image.slice(image.indexOf('/') + 1).replace(/:none$/, ':1')

/** What a pull consists of: the digest that the tag means, and then all that the node does not have. */
function pullOf(row: Row, image: Image | undefined): Request[] {
  const [repository, tag] = nameIn(row).split(':')
  const request = (method: string, path: string): Request => ({
    method,
    path: `/v2/${repository}/${path}`,
    ...(row.inPlaceOf && { inPlaceOf: row.inPlaceOf }),
    status: 200,
  })
  const { manifest, blobs } = image ?? { manifest: Buffer.alloc(0), blobs: [] }
  return [
    request('HEAD', `manifests/${tag}`),
    request('GET', `manifests/${digestOf(manifest)}`),
    ...blobs.map(blob => request('GET', `blobs/${digestOf(blob)}`)),
  ]
}

/** What was answered to requests for a repository. */
const statuses = (registry: Registry | undefined, repository: string) =>
  new Set(
    registry
      ?.requests()
      .filter(({ path }) => path.startsWith(`/v2/${repository}/`))
      .map(({ status }) => status),
  )

/** A fragment with the pods, and with what all of PULLED come by and none of FAILED does. */
function configOf(site: Site, proxy: ForwardProxy): string {
  const trusted = { ca: { inline: site.ca } }
  const locked = { ...trusted, credentials: USER }
  const mirrors = [{ url: `https://${at(MIRROR)}`, ...locked }]
  const wrong = [{ ...mirrors[0], credentials: { ...USER, password: WRONG_PASSWORD } }]
  const registries = [
    { name: 'docker.io', mirrors },
    { name: '*', mirrors },
    { name: at(OWN), ...locked },
    { name: at(BYPASSED), upstream: false, mirrors },
    { name: at(BY_TOKEN), ...locked },
    { name: at(AWAY), ...trusted },
    { name: 'registry.lab', ...trusted },
    { name: 'clear.lab', url: 'http://clear.lab' },
    { name: 'denied.lab', upstream: false, mirrors: wrong },
    { name: 'untrusted.lab', url: `https://${at(OWN)}`, credentials: USER },
  ]
  const kubernetes = {
    pauseImage: PAUSE.image,
    kubelet: { config: { serializeImagePulls: false, maxParallelImagePulls: 2 } },
    registries,
    proxy: { http: proxy.url, https: proxy.url, noProxy: ['10.90.0.0/24'], credentials: PROXY_USER },
    staticPods: [...PODS].map(pod => ({ pod: podOf(pod) })),
  }
  return JSON.stringify({ apiVersion: 'keel/v1', kubernetes })
}

const podOf = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    hostNetwork: true,
    terminationGracePeriodSeconds: 1,
    containers: [...PULLED, ...FAILED]
      .filter(({ pod }) => pod === name)
      .map(({ name, image }) => ({ name, image })),
  },
})

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

/**
 * What the node has reported, but for what would have ended its boot. containerd waits half a minute for a token, and on a busy
 * machine the two pods may be further apart.
 */
const warnings = ({ events }: Vm): string[] =>
  events
    .flatMap(({ type, fatal, error }) => (type === 'failed' && fatal === false ? [error as Failure] : []))
    .filter(({ object }) => !object.startsWith(at(BY_TOKEN)))
    .map(({ code, object }) => `${code} ${object}`)
    .sort()
type Failure = { code: string; object: string }

const stateOf = (container: string, { status }: Pod) =>
  status.containerStatuses?.find(({ name }) => name === container)?.state

const isUp = (container: string) => (pod: Pod) => stateOf(container, pod)?.running !== undefined

const isNotPulled = (container: string) => (pod: Pod) =>
  ['ErrImagePull', 'ImagePullBackOff'].includes(stateOf(container, pod)?.waiting?.reason ?? '')

/** Names of all processes of the node. */
const programs = async ({ ask }: Machine): Promise<string[]> =>
  [...(await ask('processes')).matchAll(/^\d+ \((.*)\) \S \d/gm)].map(([, name = '']) => name)

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
