/** A pod with the host's network starts before the node has one, and stays what it is when the network and a name come. Needs root. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Vm, VmError } from '../../src/vm/vm.ts'
import { tunnel } from '../cluster/api.ts'
import { AGENT_PORT, agentFragment, agentsIn, askOver } from './agent.ts'
import { ownNetwork } from './namespace.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 240_000

/** A machine with a static address, by which it is asked, and a second card that waits for DHCP longer than the test. */
function openLab() {
  const { network, folder } = ownNetwork()
  const [fixed, dynamic] = [network.addTap(), network.addTap()]
  const start = (...argv: string[]) => {
    const [program = '', ...rest] = network.inside(argv)
    const child = spawn(program, rest, { stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
  }
  const relay = join(folder, 'relay')
  start(process.execPath, 'test/cluster/relay.mjs', relay)
  const config = `
apiVersion: keel/v1
hostname: {from: [dhcp, mac]}
network:
  routeTimeout: 10m
  links:
    - {match: {mac: "${fixed.mac}"}, addresses: [${fixed.address}]}
    - {match: {mac: "${dynamic.mac}"}, dhcp4: true}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
kubernetes: {role: standalone}
`
  const disk = newDisk(1024)
  const nics = [fixed, dynamic].map(({ name, mac }) => ({ kind: 'tap' as const, name, mac }))
  const address = fixed.address.split('/')[0] ?? ''
  return {
    card: `keel-${fixed.mac.replaceAll(':', '')}`,
    boot: () =>
      boot({
        config: [config, agentFragment()],
        disk,
        memoryMib: 2048,
        lifetimeMs: 600_000,
        hardware: { nics },
        inside: network.inside,
      }),
    ask: async (command: string) => askOver(await tunnel(relay, address, AGENT_PORT), command),
    /** The first lease of the second card names the machine. */
    lease: (name: string) =>
      start(
        ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root'],
        ...['--port=0', '--no-ping', `--dhcp-leasefile=${join(folder, 'leases')}`, '--dhcp-option=3'],
        ...[`--dhcp-host=${dynamic.mac},${name}`, '--dhcp-range=10.90.0.50,10.90.0.60,1h'],
      ),
  }
}

const isNetworkOver = (vm: Vm) =>
  vm.events.some(({ type, stage }) => type === 'stage-finished' && stage === 'network')

/** What has happened to the kubelet. */
const kubelets = (vm: Vm) =>
  vm.events.filter(({ process }) => process === 'kubelet').map(({ type }) => type.replace('process-', ''))

test('a pod with the host network runs while DHCP is unanswered, keeps its process and its name when a name comes, and its UID at the next boot', {
  timeout: 900_000,
}, async () => {
  const lab = openLab()
  const running = async () => agentsIn(await lab.ask('processes').catch(() => ''))
  /** Name and UID of each pod that had a log. */
  const pods = async () =>
    (await lab.ask('ls /proc/1/root/var/log/pods'))
      .split('\n')
      .filter(name => name.startsWith('default_'))
      .map(name => name.split('_').slice(1))
      .sort()
  const untilItRuns = (vm: Vm) =>
    expect
      .poll(running, { timeout: WAIT_MS })
      .toHaveLength(1)
      .catch((error: Error) => {
        throw new VmError(error.message, vm)
      })
  const first = await lab.boot()
  await untilItRuns(first)
  expect(isNetworkOver(first), first.console()).toBe(false)
  const before = await running()
  const [[name, uid] = []] = await pods()
  expect(name).toBe(`agent-${lab.card}`)

  lab.lease('late')
  await steady(first, WAIT_MS)
  expect(await lab.ask('cat /proc/1/root/proc/sys/kernel/hostname')).toBe('late\n')
  expect(await running()).toEqual(before)
  expect(await pods()).toEqual([[name, uid]])
  expect(kubelets(first), first.console()).toEqual(['started', 'ready'])
  await powerOff(first)

  const second = await lab.boot()
  await untilItRuns(second)
  // The kubelet calls it by the name that the machine has by now, and knows it by the same UID.
  expect(await pods(), second.console()).toEqual([
    [name, uid],
    ['agent-late', uid],
  ])
})
