import { expect, test } from 'vitest'
import { kubeletAccess } from '../../src/kubelet/access.ts'
import { isRunning, waitForPod } from '../../src/kubelet/client.ts'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { AGENT, ask, latePod, podsFragment } from './agent.ts'
import { NETWORK, STANDALONE } from './configs.ts'
import { filesystemAt, filesystemProblems, filesystemState, readFrom } from './disk.ts'
import { outline } from './outline.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 90_000

/** A node with a pod that stops late and perhaps the agent, once they run. */
async function nodeWith(
  args: string[],
  shutdown: string,
  ...agent: string[]
): Promise<{ vm: Vm; disk: string }> {
  const access = kubeletAccess(new Date())
  const grace = `apiVersion: keel/v1\nkubernetes: {shutdown: ${shutdown}}\n`
  const disk = newDisk(1024)
  const config = [STANDALONE, NETWORK, access.fragment, podsFragment(latePod(args), ...agent), grace]
  const vm = await boot({ config, disk, memoryMib: 2048 })
  await steady(vm)
  for (const pod of ['late', ...agent.map(() => 'agent')])
    await waitForPod(access.of(vm), pod, isRunning, WAIT_MS)
  return { vm, disk }
}

function isClean(disk: string): void {
  for (const label of ['KEEL-STATE', 'KEEL-DATA']) {
    expect(filesystemState(filesystemAt(disk, label)), label).toBe('clean')
    expect(filesystemProblems(filesystemAt(disk, label)), label).toBe('')
  }
}

/** What happened from the request on, and how long the pods took. */
function endOf(vm: Vm): { lines: string[]; drainMs: number } {
  const started = vm.events.findIndex(({ type }) => type === 'shutdown-started')
  const drained = vm.events.find(({ type }) => type === 'pods-drained')
  return { lines: outline(vm.events.slice(started)), drainMs: Number(drained?.durationMs) }
}

const STOPPED = ['kubelet exited 0 wanted', 'containerd exited 0 wanted']

test('a pod that needs three seconds to stop is given them', async () => {
  const { vm, disk } = await nodeWith(['linger', '3', '/data/stopped'], '{gracePeriod: 30s}')
  await powerOff(vm)
  const { lines, drainMs } = endOf(vm)
  expect(lines, vm.console()).toEqual([
    'shutdown power-button power-off',
    'pods drained',
    ...STOPPED,
    'shutdown clean power-off',
  ])
  expect(drainMs, vm.console()).toBeGreaterThanOrEqual(3000)
  expect(drainMs, vm.console()).toBeLessThan(20_000)
  expect(readFrom(filesystemAt(disk, 'KEEL-DATA'), '/persist/var/lib/app/stopped')).toBe('stopped in order\n')
  isClean(disk)
})

test('a pod that does not stop holds the machine up for the grace period and no longer', async () => {
  const grace = '{gracePeriod: 6s, criticalPodsGracePeriod: 2s}'
  const { vm, disk } = await nodeWith(['ignore'], grace)
  await powerOff(vm)
  const { lines, drainMs } = endOf(vm)
  // Whether the kubelet's last resort is quicker than its own clock is the kubelet's affair.
  expect(lines.toSpliced(1, 1), vm.console()).toEqual([
    'shutdown power-button power-off',
    ...STOPPED,
    'shutdown clean power-off',
  ])
  expect(lines[1]).toMatch(/^pods (drained|left)$/)
  expect(drainMs, vm.console()).toBeGreaterThanOrEqual(4000)
  // Init's own bound is the grace period and five seconds; the rest is room for a busy host.
  expect(drainMs, vm.console()).toBeLessThan(20_000)
  isClean(disk)
})

test('who asks twice does not wait, and Ctrl-Alt-Del asks like the power button', async () => {
  const { vm, disk } = await nodeWith(['ignore'], '{gracePeriod: 10m}')
  const since = await press(vm)
  // Two requests within a moment are one, so it asks until it is heard.
  while (!vm.events.some(isDrained)) await askAgain(vm)
  await vm.waitFor('the end', event => event.type === 'shutdown-finished', WAIT_MS)
  await vm.exited
  const { lines, drainMs } = endOf(vm)
  expect(lines, vm.console()).toEqual([
    'shutdown signal reboot',
    'pods left',
    ...STOPPED,
    'shutdown clean reboot',
  ])
  expect(drainMs).toBeLessThan(60_000)
  expect(since.then).toBe('reboot')
  isClean(disk)
})

test('without a grace period pods get ten seconds, and a filesystem that is held ends the shutdown unclean', async () => {
  const { vm } = await nodeWith(['ignore'], '{gracePeriod: 0s}', AGENT)
  expect(await ask(vm, 'loop /proc/1/root/var/lib/app/motd')).toBe('held\n')
  await powerOff(vm)
  const { lines } = endOf(vm)
  expect(lines, vm.console()).toEqual([
    'shutdown power-button power-off',
    ...STOPPED,
    'failed shutdown unmount-failed /var/lib/app',
    'shutdown unclean power-off',
  ])
  const [kubelet, containerd] = vm.events.filter(({ type }) => type === 'process-exited')
  const containersMs = Number(containerd?.monoMs) - Number(kubelet?.monoMs)
  expect(containersMs, vm.console()).toBeGreaterThanOrEqual(10_000)
  // Were they not killed together then, another five seconds would pass.
  expect(containersMs, vm.console()).toBeLessThan(15_000)
})

const isDrained = (event: NodeEvent) => event.type === 'pods-drained'

async function press(vm: Vm): Promise<NodeEvent> {
  await vm.command('ctrl_alt_delete')
  return vm.waitFor('the shutdown', event => event.type === 'shutdown-started', WAIT_MS)
}

async function askAgain(vm: Vm): Promise<void> {
  await vm.command('ctrl_alt_delete')
  await vm.waitFor('the pods to be left', isDrained, 1000).catch(() => undefined)
}
