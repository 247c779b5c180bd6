/** A machine config is good when the node is healthy: probes of a pod that answers late, and of a port where nobody listens. */
import { expect, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { documentsOf } from './generations.ts'
import { scriptFragment } from './node-tools.ts'
import { boot, machineConfig, newDisk, powerOff, steady } from './vm.ts'

const PAGE = 'http://127.0.0.1:8080/healthz'
/** Nobody listens there. */
const NOBODY = '127.0.0.1:9'

const node = (hostname: string, role: string, health: string) => `
apiVersion: keel/v1
hostname: ${hostname}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
kubernetes: {role: ${role}}
health: ${health}
`

/** The kubelet has said that the node is steady before it has started the pod, and the page comes later still. */
const LATE = [
  'mkdir -p /www; httpd -p 127.0.0.1:8080 -h /www; sleep 4',
  'echo fine >/www/healthz; sleep 1000000',
].join('\n')

const is = (type: string) => (event: NodeEvent) => event.type === type
const of = (vm: Vm, type: string) => vm.events.filter(is(type))
const changes = (vm: Vm) =>
  of(vm, 'health-changed').map(({ healthy, failing }) => ({
    healthy,
    failing: (failing as { probe: string }[]).map(({ probe }) => probe),
  }))

test('a config becomes the current one when its probes have held for so long; until then the one before stays', async () => {
  const disk = newDisk(512)
  const probes = `[{http: '${PAGE}'}, {tcp: '127.0.0.1:10250'}]`
  const asked = node('good', 'standalone', `{stableFor: 3s, timeout: 5m, probes: ${probes}}`)
  const good = machineConfig([asked, scriptFragment(LATE)])
  const first = await boot({ config: { bytes: good }, disk })
  await steady(first)
  const healthy = await first.waitFor('a healthy node', is('node-healthy'), 120_000)
  const committed = await first.waitFor('a commit', is('generation-committed'), 10_000)
  expect(committed.seq, first.console()).toBe(healthy.seq + 1)
  const [before] = changes(first)
  expect(before?.failing, first.console()).toContain(PAGE)
  expect(changes(first).at(-1)).toEqual({ healthy: true, failing: [] })
  expect(of(first, 'node-unhealthy')).toEqual([])
  await powerOff(first)
  expect(documentsOf(disk)).toMatchObject({ current: good })

  // The next one never gets there.
  const never = machineConfig([
    node('never', 'none', `{stableFor: 1s, timeout: 10s, probes: [{tcp: '${NOBODY}'}]}`),
  ])
  const second = await boot({ config: { bytes: never }, disk })
  await steady(second)
  const unhealthy = await second.waitFor('an unhealthy node', is('node-unhealthy'), 60_000)
  expect(unhealthy.failing, second.console()).toMatchObject([{ probe: NOBODY }])
  expect(changes(second)).toEqual([{ healthy: false, failing: [NOBODY] }])
  await powerOff(second)
  expect(of(second, 'generation-committed')).toEqual([])
  expect(documentsOf(disk)).toMatchObject({ staged: never, current: good })
})
