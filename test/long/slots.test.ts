/** An image of the product on trial, which is too large for firmware under emulation to load often. */
import { expect, test } from 'vitest'
import { kubeletAccess } from '../../src/kubelet/access.ts'
import { isRunning, waitForPod } from '../../src/kubelet/client.ts'
import type { NodeEvent } from '../../src/vm/vm.ts'
import { agentFragment } from '../vm/agent.ts'
import { bootDisk, builtAs } from '../vm/boot-disk.ts'
import { powerOff } from '../vm/vm.ts'

const [A, B] = ['1.0.0', '2.0.0']
const WHOLE_MS = 600_000

test('an image whose kubelet is broken gives way in time, and the pods of the former one run again', {
  timeout: WHOLE_MS,
}, async () => {
  const image = (event: NodeEvent) => event.type === 'image-started'
  const node = `
apiVersion: keel/v1
hostname: slots
storage:
  disks:
    - match: {bootDisk: true}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
health: {timeout: 45s, stableFor: 1s, probes: [{http: 'http://127.0.0.1:10248/healthz'}]}
kubernetes: {role: standalone}
`
  const access = kubeletAccess(new Date())
  const options = { config: [node, access.fragment, agentFragment()], memoryMib: 2048 }
  const machine = bootDisk(await builtAs('disk', 'product', A, { recipe: 'cloud' }))
  const broken = { recipe: 'cloud', without: ['/bin/kubelet'] }
  machine.put(await builtAs('uki', 'broken', B, broken), `keel-2-${B}+1-2.efi`)
  const vm = await machine.start(options)
  await vm.exited
  expect(vm.events.find(image), vm.console()).toMatchObject({ version: B, state: 'trial' })
  const former = await machine.start(options)
  const back = await former.waitFor('the way back', ({ type }) => type === 'update-rolled-back', 120_000)
  expect(back, former.console()).toMatchObject({
    from: B,
    to: A,
    cause: 'failed',
    stage: 'runtime',
    code: 'node-unhealthy',
  })
  await waitForPod(access.of(former), 'agent', isRunning, 120_000)
  await powerOff(former)
})
