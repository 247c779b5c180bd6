import { expect, test } from 'vitest'
import { kubeletAccess } from '../../src/kubelet/access.ts'
import { isRunning, type Kubelet, type Pod, waitForPod } from '../../src/kubelet/client.ts'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { agentFragment, ask, readOnNode } from './agent.ts'
import { NETWORK, STANDALONE } from './configs.ts'
import { outline } from './outline.ts'
import { boot, newDisk, steady } from './vm.ts'

const WAIT_MS = 90_000

test('containerd and the kubelet come back when they are killed, pods live on, their logs stay below their cap, and SIGTERM ends all of it cleanly', async () => {
  const access = kubeletAccess(new Date())
  const config = [STANDALONE, NETWORK, access.fragment, agentFragment()]
  const vm = await boot({ config, disk: newDisk(1024), memoryMib: 2048 })
  await steady(vm)
  const kubelet = access.of(vm)
  await waitForPod(kubelet, 'agent', isRunning, WAIT_MS)
  const before = lifeOf(await waitForPod(kubelet, 'hello', isRunning, WAIT_MS))
  // The kernel hurries for the boot alone.
  expect(await readOnNode(vm, '/sys/kernel/rcu_expedited')).toBe('0\n')

  await killAndAwait(vm, 'containerd')
  expect(lifeOf(await answered(kubelet, 'hello')), vm.console()).toEqual(before)

  await killAndAwait(vm, 'kubelet')
  expect(lifeOf(await answered(kubelet, 'hello')), vm.console()).toEqual(before)

  expect(
    outline(vm.events).filter(line => /exited/.test(line)),
    vm.console(),
  ).toEqual(['containerd exited signal 9', 'kubelet exited signal 9'])

  await floodLog(vm)
  await terminate(vm)
})

/** SIGTERM to PID 1 asks for what the power button asks for. */
async function terminate(vm: Vm): Promise<void> {
  expect(await ask(vm, 'kill keel-init 15')).toMatch(/^1\n$/)
  await vm.waitFor('the end of the shutdown', event => event.type === 'shutdown-finished', WAIT_MS)
  await vm.exited
  expect(
    outline(vm.events).filter(line => /^shutdown|wanted$/.test(line)),
    vm.console(),
  ).toEqual([
    'shutdown signal power-off',
    'kubelet exited 0 wanted',
    'containerd exited 0 wanted',
    'shutdown clean power-off',
  ])
}

/** Kills a process by name and waits until init has started it again and it answers. */
async function killAndAwait(vm: Vm, name: string): Promise<void> {
  const seen = vm.events.length
  expect(await ask(vm, `kill ${name} 9`)).toMatch(/^\d+\n$/)
  const isBack = (event: NodeEvent) =>
    event.type === 'process-ready' && event.process === name && vm.events.indexOf(event) >= seen
  await vm.waitFor(`${name} to be back`, isBack, WAIT_MS)
}

/** The pod as a kubelet says that has heard from the runtime again. */
function answered(kubelet: Kubelet, name: string): Promise<Pod> {
  return waitForPod(kubelet, name, isRunning, WAIT_MS)
}

/** What changes when a container is started again. */
function lifeOf(pod: Pod): object[] {
  return (pod.status.containerStatuses ?? []).map(status => ({
    id: status.containerID,
    restarts: status.restartCount,
    since: status.state.running?.startedAt,
  }))
}

const CAP = 1024 * 1024
const LINES_OVER_THE_CAP = 50_000

/** Five mebibytes into containerd's standard error: three files of at most one remain. */
async function floodLog(vm: Vm): Promise<void> {
  expect(await ask(vm, `flood containerd ${LINES_OVER_THE_CAP}`)).toMatch(/^\d+\n$/)
  const names = (await ask(vm, 'ls /proc/1/root/var/log/keel'))
    .split('\n')
    .filter(name => name.startsWith('containerd'))
  expect(names.length).toBe(3)
  for (const name of names) {
    const size = (await readOnNode(vm, `/var/log/keel/${name}`)).length
    expect(size, name).toBeLessThanOrEqual(CAP)
  }
}
