import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IMAGE_DIR, imageFilesIn } from '../../src/image/image-files.ts'
import { chooseAccelerator } from '../../src/vm/accelerator.ts'
import { startVm } from '../../src/vm/vm.ts'
import { clusterPrograms } from '../cluster/cluster-programs.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { run, step } from '../progress.mjs'
import { clusterText, type Joined } from './cluster-summary.ts'
import { JOINING_CONFIG, joiningMachine, NODE } from './joining-machine.ts'
import { inFolder, powerOff, untilSteady } from './machine.ts'

const DEPLOYMENT = 'fixtures/demo/hello.deployment.yaml'
const DISK = `${IMAGE_DIR}-disk`
const LIFETIME_MS = 300_000
const KEELCTL = ['node', 'dist/keelctl']

/** From a YAML file and a disk image to a node of a cluster that runs a pod. */
export async function clusterDemo(): Promise<void> {
  const onLine = (line: string) => void process.stderr.write(`  ${line}\n`)
  // They show their own steps.
  await run('demo-image-build', [...KEELCTL, 'image', 'build'], { onLine })
  await run('demo-disk-build', [...KEELCTL, 'image', 'build', '--as', 'disk', '-o', DISK], { onLine })
  const programs = await clusterPrograms()
  const cluster = await step('control plane: etcd, API server, controller manager, scheduler', () =>
    startControlPlane(programs),
  )
  try {
    await inFolder(async dir => void process.stdout.write(clusterText(await becomeNode(dir, cluster))))
  } finally {
    await cluster.stop()
  }
}

/** Boots the worker, waits for its pod, and switches it off by its power button. */
async function becomeNode(dir: string, cluster: ControlPlane): Promise<Joined> {
  const image = imageFilesIn(IMAGE_DIR)
  const options = { image, accelerator: await chooseAccelerator(image.kernel) }
  const machine = await step(`keelctl seed ${JOINING_CONFIG}`, () =>
    joiningMachine(dir, join(DISK, 'disk.raw'), cluster.network.addTap(), cluster, options),
  )
  const vm = await startVm(machine, LIFETIME_MS, cluster.network.inside)
  const started = Date.now()
  try {
    await step('boot from the disk image, find the seed, join', () => untilSteady(vm))
    const { kubectl } = cluster
    await step(`node ${NODE} Ready`, async () => {
      // The kubelet has its certificate before it has registered the node.
      await kubectl('wait', `node/${NODE}`, '--for=create', '--timeout=60s')
      await kubectl('wait', `node/${NODE}`, '--for=condition=Ready', '--timeout=60s')
    })
    const readySeconds = (Date.now() - started) / 1000
    await step('deployment hello available', async () => {
      await kubectl('apply', '-f', DEPLOYMENT)
      await kubectl('wait', 'deployment/hello', '--for=condition=Available', '--timeout=60s')
    })
    const seen = {
      events: vm.events,
      readySeconds,
      table: await kubectl('get', 'nodes,pods', '-o', 'wide'),
      logs: await kubectl('logs', 'deployment/hello'),
      isEmulated: vm.machine.accelerator === 'tcg',
    }
    await step('power button: pods stop, then the node', () => powerOff(vm))
    return seen
  } finally {
    writeFileSync(join(dir, 'events.jsonl'), vm.events.map(event => `${JSON.stringify(event)}\n`).join(''))
    vm.kill()
    await vm.exited
  }
}
