/** What a worker lives through that takes long: outages, certificates that expire, a full disk, a clock that is corrected. Needs root. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import forge from 'node-forge'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ociArchive } from '../../images/layout/oci.ts'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { clusterPrograms } from '../cluster/cluster-programs.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { create, isFailure, joins, runPod, untilPodReady, untilReady, WAIT_MS } from '../cluster/kubectl.ts'
import { CONTROL_PLANE_ADDRESS, type Tap } from '../cluster/network.ts'
import { agentPod, bootAt, podCidrOf, worker } from '../cluster/worker.ts'
import { chronyd } from '../network/chrony.ts'
import { podsFragment } from '../vm/agent.ts'
import { filesystemAt, linkIn, MIB, replaceIn } from '../vm/disk.ts'
import { newDisk, powerOff, steady, tempDir } from '../vm/vm.ts'

let cluster: ControlPlane

beforeAll(async () => {
  cluster = await startControlPlane(await clusterPrograms())
})
afterAll(() => cluster?.stop())

const MINUTE_MS = 60_000
const OUTAGE_MS = 10 * MINUTE_MS
/** For an outage, the longest delay between two tries of a join, and what comes after. */
const LONG_MS = OUTAGE_MS + 15 * MINUTE_MS
const HOUR_MS = 60 * MINUTE_MS

/** A machine at a tap of its own, whose pods the control plane reaches. */
function plugIn(): Tap {
  const tap = cluster.network.addTap()
  cluster.network.routePods(podCidrOf(tap), tap.address.split('/')[0] ?? '')
  return tap
}

const nodeOf = async (name: string) => JSON.parse(await cluster.kubectl('get', 'node', name, '-o', 'json'))

/** The status of a condition of a node. */
const condition = (node: string, type: string) =>
  cluster.kubectl('get', `node/${node}`, `-o=jsonpath={.status.conditions[?(@.type=="${type}")].status}`)

/** The kubelet removes what nobody has used for two minutes. It looks every five. */
const COLLECTED = `
apiVersion: keel/v1
kubernetes: {kubelet: {config: {imageMinimumGCAge: 1m, imageMaximumGCAge: 2m}}}
`

test('a join outlives ten minutes without an API server; an image that the kubelet has removed is imported again at the next boot', {
  timeout: 2 * LONG_MS,
}, async () => {
  const [tap, disk] = [plugIn(), newDisk(1024)]
  const collected = [worker('collected', tap, cluster), COLLECTED]
  const first = await bootAt(cluster, tap, { config: collected, disk, lifetimeMs: LONG_MS })
  await steady(first, WAIT_MS)
  await untilReady(cluster, 'collected', first)

  const other = plugIn()
  cluster.network.pull(other)
  const config = [worker('waiting', other, cluster)]
  const waiting = await bootAt(cluster, other, { config, disk: newDisk(1024), lifetimeMs: LONG_MS })

  const images = async () => JSON.stringify((await nodeOf('collected')).status.images)
  await expect.poll(images, { timeout: LONG_MS, interval: 5000 }).not.toContain('keel.local/demo:1')
  await powerOff(first)
  const again = await bootAt(cluster, tap, { config: collected, disk })
  await steady(again, WAIT_MS)
  const imported = again.events.filter(({ type }) => type === 'image-ready')
  expect(
    imported.map(({ path, imported }) => [path, imported]),
    again.console(),
  ).toEqual([
    ['/usr/lib/keel/images/pause.tar', false],
    ['/usr/lib/keel/images/demo.tar', true],
  ])
  await untilReady(cluster, 'collected', again)
  await runPod(cluster, 'imported-again', 'collected')
  await powerOff(again)

  const isOver = (event: NodeEvent) =>
    isFailure('join-unreachable')(event) && Number(event['monoMs']) > OUTAGE_MS
  await waiting.waitFor('a failure after ten minutes', isOver, LONG_MS)
  cluster.network.plug(other)
  await steady(waiting, LONG_MS)
  expect(joins(waiting), waiting.console()).toEqual([{ nodeName: 'waiting', isFirst: true }])
  await untilReady(cluster, 'waiting', waiting)
})

const UUID = '6f0d1c2e-6d53-4c0b-9a41-7f2b6f3f8e10'
const [PKI, CURRENT] = ['/persist/var/lib/kubelet/pki', 'kubelet-client-current.pem']
/** The agent's answer where the kernel reports no error. */
const DONE = '000\n'
/** Pods are not told to stop, so they come back with the next boot. */
const ABRUPT = 'apiVersion: keel/v1\nkubernetes: {shutdown: {gracePeriod: 0s}}\n'

test('a node whose certificate has expired says so, and joins again as the same Node with a new token; its pods keep their data', {
  timeout: LONG_MS,
}, async () => {
  const [tap, disk] = [plugIn(), newDisk(1024)]
  const token = await cluster.createToken('1h')
  const start = (config?: string[]) =>
    bootAt(cluster, tap, { ...(config && { config }), disk, hardware: { uuid: UUID } })
  const configOf = (token: string) => [worker('expired', tap, { ...cluster, token }), podsFragment(), ABRUPT]
  const first = await start(configOf(token))
  await steady(first, WAIT_MS)
  await untilReady(cluster, 'expired', first)
  const { uid } = (await nodeOf('expired')).metadata
  await create(cluster, keeper('expired'))
  await untilPodReady(cluster, 'keeper')
  const inPod = (command: string) => cluster.kubectl('exec', 'keeper', '--', '/agent', 'do', command)
  expect(await inPod('create /kept/it')).toBe(DONE)
  await powerOff(first)
  await cluster.deleteToken(token)

  const state = filesystemAt(disk, 'KEEL-STATE')
  const file = join(PKI, linkIn(state, `${PKI}/${CURRENT}`).split('/').at(-1) ?? '')
  replaceIn(state, file, expiredCertificate('expired'))
  const without = await start()
  const expired = await without.waitFor('the refusal', isFailure('node-certificate-expired'), WAIT_MS)
  expect(expired, without.console()).toMatchObject({ fatal: false, error: { object: 'expired' } })
  await without.waitFor('the end of the kubelet', isEndOf('kubelet'), WAIT_MS)
  await powerOff(without)

  const again = await start(configOf(cluster.token))
  await steady(again, WAIT_MS)
  expect(again.events.filter(isFailure('node-certificate-expired')), again.console()).toHaveLength(1)
  expect(joins(again)).toEqual([{ nodeName: 'expired', isFirst: true }])
  await untilReady(cluster, 'expired', again)
  expect((await nodeOf('expired')).metadata.uid).toBe(uid)
  await expect.poll(() => inPod('ls /kept').catch(() => ''), { timeout: WAIT_MS }).toContain('it\n')
})

const isEndOf = (name: string) => (event: NodeEvent) =>
  event.type === 'process-exited' && event.process === name

/** A pod with a folder that lives as long as the pod. */
function keeper(node: string) {
  const pod = agentPod('keeper', node)
  const containers = pod.spec.containers.map(container => ({
    ...container,
    volumeMounts: [{ name: 'kept', mountPath: '/kept' }],
  }))
  return { ...pod, spec: { ...pod.spec, containers, volumes: [{ name: 'kept', emptyDir: {} }] } }
}

/** A file with what the cluster gave a kubelet a year and a day ago: certificate and key. */
function expiredCertificate(node: string): string {
  const read = (name: string) => readFileSync(join(cluster.dir, 'pki', name), 'utf8')
  const ca = forge.pki.certificateFromPem(read('ca.crt'))
  const { publicKey, privateKey } = forge.pki.rsa.generateKeyPair(2048)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date(Date.now() - 366 * 24 * HOUR_MS)
  certificate.validity.notAfter = new Date(Date.now() - 24 * HOUR_MS)
  certificate.setSubject([
    { name: 'organizationName', value: 'system:nodes' },
    { name: 'commonName', value: `system:node:${node}` },
  ])
  certificate.setIssuer(ca.subject.attributes)
  certificate.setExtensions([
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', clientAuth: true },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(read('ca.key')), forge.md.sha256.create())
  const file = join(tempDir(), 'expired.pem')
  writeFileSync(file, forge.pki.certificateToPem(certificate) + forge.pki.privateKeyToPem(privateKey))
  return file
}

test('a full disk is said to be full, by init and by the kubelet', { timeout: LONG_MS }, async () => {
  const [tap, disk] = [plugIn(), newDisk(512)]
  const config = worker('full', tap, cluster)
  const first = await bootAt(cluster, tap, { config: [config], disk })
  await steady(first, WAIT_MS)
  await untilReady(cluster, 'full', first)
  await powerOff(first)

  const filler = join(tempDir(), 'filler')
  writeFileSync(filler, Buffer.alloc(512 * MIB, 'x'))
  replaceIn(filesystemAt(disk, 'KEEL-DATA'), '/filler', filler)
  const full = await bootAt(cluster, tap, { config: [config, withArchive(4 * MIB)], disk })
  const event = await full.waitFor('the failure', isFailure('disk-full'), WAIT_MS)
  expect(event, full.console()).toMatchObject({ fatal: false, error: { object: '/etc/large.tar' } })
  await expect.poll(() => condition('full', 'DiskPressure'), { timeout: WAIT_MS }).toBe('True')
})

/** A fragment with an image of that size, in RAM. */
function withArchive(size: number): string {
  const archive = Buffer.from(ociArchive('keel.local/large:1', 'large', Buffer.alloc(size, 'y')))
  return `
apiVersion: keel/v1
storage: {files: [{path: /etc/large.tar, mode: 0644, contents: {base64: ${archive.toString('base64')}}}]}
kubernetes: {images: [/etc/large.tar]}
`
}

test('a clock that is set back by hours while the node runs ends nothing', { timeout: LONG_MS }, async () => {
  const tap = plugIn()
  const timed = `apiVersion: keel/v1\ntime: {servers: [${CONTROL_PLANE_ADDRESS}], timeout: 1s}\n`
  const clock = new Date(Date.now() + 5 * HOUR_MS).toISOString().slice(0, 19)
  const vm = await bootAt(cluster, tap, {
    config: [worker('ahead', tap, cluster), timed],
    disk: newDisk(1024),
    hardware: { clock },
    lifetimeMs: LONG_MS,
  })
  await steady(vm, WAIT_MS)
  await untilReady(cluster, 'ahead', vm)
  startChrony()
  await vm.waitFor('the time', ({ type, by }: NodeEvent) => type === 'clock-set' && by === 'ntp', WAIT_MS)
  const [renewed, ended] = [() => renewalOf('ahead'), endsOf(vm)]
  const before = await renewed()
  // The kubelet says again and again that it lives, now by the right time.
  await expect.poll(renewed, { timeout: WAIT_MS, interval: 1000 }).not.toBe(before)
  await expect
    .poll(async () => Date.parse(await renewed()) < Date.now() + HOUR_MS, { timeout: WAIT_MS })
    .toBe(true)
  expect(await condition('ahead', 'Ready')).toBe('True')
  await runPod(cluster, 'after-the-jump', 'ahead')
  expect(endsOf(vm), vm.console()).toEqual(ended)
})

const renewalOf = (node: string) =>
  cluster.kubectl('get', `lease/${node}`, '--namespace=kube-node-lease', '-o=jsonpath={.spec.renewTime}')

const endsOf = (vm: Vm) => vm.events.filter(({ type }) => type === 'process-exited' || type === 'failed')

/** Serves this machine's time inside, and never touches the clock. */
function startChrony(): void {
  const config = join(cluster.dir, 'chrony.conf')
  writeFileSync(config, `cmdport 0\npidfile ${cluster.dir}/chronyd.pid\nallow all\nlocal stratum 3\n`)
  startInside(chronyd(), '-x', '-d', '-u', 'root', '-f', config)
}

/** Runs a server inside until the test ends, or until it is ended. */
function startInside(...argv: string[]): () => Promise<unknown> {
  const [program = '', ...rest] = cluster.network.inside(argv)
  const child = spawn(program, rest, { stdio: 'ignore' })
  const gone = once(child, 'exit')
  const end = () => {
    child.kill('SIGKILL')
    return gone
  }
  onTestFinished(async () => {
    await end()
  })
  return end
}

test('a node whose DHCP server gives it another address while it runs registers that one', {
  timeout: LONG_MS,
}, async () => {
  const tap = plugIn()
  const config = worker('leased', tap, cluster).replace(/network:\n.*\n.*\n/, '')
  const endFirst = startDhcp(tap, '10.90.0.210')
  const vm = await bootAt(cluster, tap, { config: [config], disk: newDisk(1024), lifetimeMs: LONG_MS })
  await steady(vm, WAIT_MS)
  await untilReady(cluster, 'leased', vm)
  const address = () =>
    cluster.kubectl('get', 'node/leased', '-o=jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')
  expect(await address()).toBe('10.90.0.210')
  await endFirst()
  startDhcp(tap, '10.90.0.211')
  await expect.poll(address, { timeout: WAIT_MS, interval: 1000 }).toBe('10.90.0.211')
  await runPod(cluster, 'after-the-move', 'leased')
  expect(await condition('leased', 'Ready')).toBe('True')
  const ended = vm.events.filter(({ type, wanted }) => type === 'process-exited' && wanted !== true)
  expect(ended, vm.console()).toEqual([])
})

/** A server that knows one machine, for two minutes at a time. */
const startDhcp = (tap: Tap, address: string) =>
  startInside(
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--user=root',
    '--pid-file',
    '--port=0',
    '--interface=br0',
    '--bind-interfaces',
    '--dhcp-authoritative',
    `--dhcp-leasefile=${join(tempDir(), 'leases')}`,
    '--dhcp-range=10.90.0.0,static,255.255.255.0,2m',
    `--dhcp-host=${tap.mac},${address},2m`,
    `--dhcp-option=option:router,${CONTROL_PLANE_ADDRESS}`,
  )
