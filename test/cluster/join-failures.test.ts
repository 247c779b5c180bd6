/** Each cause that keeps a machine from joining has a code, and is fatal only if no retry can succeed. Needs root. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { authority, serverIdentity } from '../../src/kubelet/pki.ts'
import type { NodeEvent } from '../../src/vm/vm.ts'
import { WEB } from '../metadata/profile.ts'
import { startSimulator } from '../metadata/simulator.ts'
import { chronyd } from '../network/chrony.ts'
import { AGENT_PORT, agentFragment, agentsIn, askOver } from '../vm/agent.ts'
import { fatal, newDisk, powerOff, steady } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { callReady, create, isFailure, joins, untilReady, WAIT_MS, WHOLE_MS } from './kubectl.ts'
import { CONTROL_PLANE_ADDRESS } from './network.ts'
import { bootAt, SHORT_DELAYS, worker } from './worker.ts'

let cluster: ControlPlane

beforeAll(async () => {
  // A node without a machine is missed by nobody, however long the machine takes that wants its name.
  const flags = { 'kube-controller-manager': { 'node-monitor-grace-period': '30m' } }
  cluster = await startControlPlane(await clusterPrograms(), { flags })
})
afterAll(() => cluster?.stop())

test('another CA than the config pins ends the boot, because only another config can fix it, and the power button still works', async () => {
  const tap = cluster.network.addTap()
  const vm = await bootAt(cluster, tap, {
    config: [worker('wary', tap, { ...cluster, caHash: `sha256:${'0'.repeat(64)}` })],
    disk: newDisk(1024),
  })
  expect(await fatal(vm), vm.console()).toMatchObject({
    error: { code: 'join-ca-mismatch', stage: 'join', pointer: '/kubernetes/discovery/caCertHashes' },
  })
  await powerOff(vm)
})

/** A port of the control plane's address on which another server answers every question with 404, over TLS. */
const OTHER_PORT = 7443

async function startOtherServer(): Promise<string> {
  const day = 24 * 60 * 60 * 1000
  const validity = { from: new Date(Date.now() - day), to: new Date(Date.now() + day) }
  const tls = serverIdentity(authority('somebody', validity), CONTROL_PLANE_ADDRESS, validity)
  const at = { address: CONTROL_PLANE_ADDRESS, port: OTHER_PORT, inside: cluster.network.inside }
  const server = await startSimulator({ profile: WEB, tls, at })
  onTestFinished(() => server.close())
  return `${CONTROL_PLANE_ADDRESS}:${OTHER_PORT}`
}

/** Answers that nobody has proved to come from the cluster: a signature that does not verify, and a missing one. */
const UNPROVED = [
  {
    wrong: async ({ token }: ControlPlane) => ({ token: `${token.split('.')[0]}.0000000000000000` }),
    code: 'join-token-wrong',
    pointer: '/kubernetes/discovery/token',
    causes: [/JWS signature/, /token is wrong/, /another server/],
  },
  {
    wrong: async () => ({ endpoint: await startOtherServer() }),
    code: 'join-endpoint-wrong',
    pointer: '/kubernetes/discovery/endpoint',
    causes: [/could not find the requested resource/, /at this endpoint/],
  },
]

test.each(UNPROVED)('$code is tried again, with its causes named', async row => {
  const tap = cluster.network.addTap()
  const vm = await bootAt(cluster, tap, {
    config: [
      worker('wary', tap, { ...cluster, ...(await row.wrong(cluster)) }),
      SHORT_DELAYS,
      SHORT_TIMEOUTS,
    ],
    disk: newDisk(1024),
  })
  const isAgain = (event: NodeEvent) =>
    isFailure(row.code)(event) && vm.events.filter(isFailure(row.code)).length > 1
  const event = await vm.waitFor('the second failure', isAgain, WAIT_MS)
  expect(event, vm.console()).toMatchObject({
    fatal: false,
    retryInMs: expect.any(Number),
    error: { stage: 'join', pointer: row.pointer },
  })
  for (const cause of row.causes) expect((event.error as { detail: string }).detail).toMatch(cause)
  await powerOff(vm)
})

/** Years after the cluster's certificates are over, and years before they began. */
const [LATE, EARLY] = ['2045-01-01T00:00:00', '2001-01-01T00:00:00']

/** Tries that end soon. */
const SHORT_TIMEOUTS =
  'apiVersion: keel/v1\nkubernetes: {join: {discoveryTimeout: 8s, kubeletTimeout: 20s}}\n'
const TIMED = `apiVersion: keel/v1\ntime: {servers: [${CONTROL_PLANE_ADDRESS}], timeout: 1s}\n`

/** The rights by which the cluster gives a new kubelet its certificate without asking anybody. */
const APPROVAL = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'kubeadm:node-autoapprove-bootstrap' },
  roleRef: {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
  },
  subjects: [{ kind: 'Group', name: 'system:bootstrappers:kubeadm:default-node-token' }],
}

test('a cause that can be fixed outside the machine is named and retried: cable, clock, name, certificate', {
  timeout: WHOLE_MS,
}, async () => {
  const tap = cluster.network.addTap()
  cluster.network.pull(tap)
  await makeReadyNode('twin')
  await cluster.kubectl('delete', 'clusterrolebinding', APPROVAL.metadata.name)
  const config = [worker('twin', tap, cluster), SHORT_DELAYS, SHORT_TIMEOUTS, TIMED, agentFragment()]
  const vm = await bootAt(cluster, tap, {
    config,
    disk: newDisk(1024),
    hardware: { clock: LATE },
    lifetimeMs: WHOLE_MS,
  })
  const fails = async (code: string) => {
    const event = await vm.waitFor(code, isFailure(code), WAIT_MS)
    expect(event, vm.console()).toMatchObject({ fatal: false })
    return event.error
  }

  await fails('clock-unset')
  expect(await fails('join-unreachable')).toMatchObject({ pointer: '/kubernetes/discovery/endpoint' })
  cluster.network.plug(tap)
  const agents = async () =>
    agentsIn(await askOver(await cluster.connect(tap.address.split('/')[0] ?? '', AGENT_PORT), 'processes'))
  await expect.poll(() => agents().catch(() => []), { timeout: WAIT_MS }).toHaveLength(1)
  const before = await agents()
  await fails('join-clock-wrong')
  startChrony()
  await vm.waitFor('the time', ({ type, by }: NodeEvent) => type === 'clock-set' && by === 'ntp', WAIT_MS)
  expect(await fails('join-name-taken')).toMatchObject({ pointer: '/hostname' })
  await cluster.kubectl('delete', 'node', 'twin')
  await fails('join-kubelet-failed')
  const kubelets = () =>
    vm.events.filter(({ type, process }) => type === 'process-started' && process === 'kubelet').length
  // The first one, that of the join, and the first one again.
  await expect.poll(kubelets, { timeout: WAIT_MS }).toBeGreaterThan(2)
  await create(cluster, APPROVAL)
  await steady(vm, WAIT_MS)
  expect(await agents(), vm.console()).toEqual(before)
  expect(joins(vm), vm.console()).toEqual([{ nodeName: 'twin', isFirst: true }])
  await untilReady(cluster, 'twin', vm)
})

test('a clock of long ago is said to be wrong where no server can tell the time', async () => {
  const tap = cluster.network.addTap()
  const hardware = { clock: EARLY }
  const vm = await bootAt(cluster, tap, {
    config: [worker('slow', tap, cluster), SHORT_TIMEOUTS],
    disk: newDisk(1024),
    hardware,
  })
  const event = await vm.waitFor('the refused certificate', isFailure('join-clock-wrong'), WAIT_MS)
  expect(event, vm.console()).toMatchObject({ fatal: false, retryInMs: expect.any(Number) })
  expect(vm.events.filter(({ type }) => type === 'clock-set').map(({ by }) => by)).toEqual(['build-date'])
  expect(vm.events.some(isFailure('clock-unset')), vm.console()).toBe(true)
})

test('a machine that fails the preflight of kubeadm gets the names of the failed checks', async () => {
  const tap = cluster.network.addTap()
  const unmet = 'apiVersion: keel/v1\nkernel: {sysctl: {net.ipv4.ip_forward: 0}}\n'
  const vm = await bootAt(cluster, tap, {
    config: [worker('unfit', tap, cluster), unmet],
    disk: newDisk(1024),
  })
  const event = await vm.waitFor('the failed checks', isFailure('join-preflight-failed'), WAIT_MS)
  expect(event, vm.console()).toMatchObject({ fatal: false, retryInMs: expect.any(Number) })
  expect((event.error as { detail: string }).detail).toContain('FileContent--proc-sys-net-ipv4-ip_forward')
})

/** Serves this machine's time inside, and never touches the clock. */
function startChrony(): void {
  const config = join(cluster.dir, 'chrony.conf')
  writeFileSync(config, `cmdport 0\npidfile ${cluster.dir}/chronyd.pid\nallow all\nlocal stratum 3\n`)
  const [program = '', ...rest] = cluster.network.inside([chronyd(), '-x', '-d', '-u', 'root', '-f', config])
  const child = spawn(program, rest, { stdio: 'ignore' })
  const gone = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await gone
  })
}

/** A node as the cluster knows it, without a machine. */
async function makeReadyNode(name: string): Promise<void> {
  await create(cluster, { apiVersion: 'v1', kind: 'Node', metadata: { name } })
  await callReady(cluster, name, 'True')
}
