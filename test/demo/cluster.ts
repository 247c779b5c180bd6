import { copyFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chooseAccelerator } from '../../src/accelerator.ts'
import { IMAGE_DIR, imageFilesIn } from '../../src/image-files.ts'
import { machineIn } from '../../src/machine-in.ts'
import { UEFI } from '../../src/qemu-firmware.ts'
import { startVm } from '../../src/vm.ts'
import { clusterPrograms } from '../cluster/cluster-programs.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import type { Tap } from '../cluster/network.ts'
import { run, step } from '../progress.mjs'
import { clusterText, type Joined } from './cluster-summary.ts'
import { inFolder, powerOff, untilSteady } from './machine.ts'

const CONFIG = 'fixtures/demo/joining-worker.keel.yaml'
const DEPLOYMENT = 'fixtures/demo/hello.deployment.yaml'
const DISK = `${IMAGE_DIR}-disk`
const NODE = 'worker-1'
const POD_CIDR = '10.244.0.0/24'
const DISK_BYTES = 8 * 2 ** 30
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
  const tap = cluster.network.addTap()
  const vm = await startVm(await machineAt(dir, tap, cluster), LIFETIME_MS, cluster.network.inside)
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

/** The disk image, grown; a seed with the config; and a cable into the cluster's network. */
async function machineAt(dir: string, tap: Tap, cluster: ControlPlane) {
  const fragment = join(dir, 'join.keel.yaml')
  writeFileSync(fragment, fragmentFor(tap, cluster), { mode: 0o600 })
  const seed = join(dir, 'seed.iso')
  await step(`keelctl seed ${CONFIG}`, () =>
    run('demo-seed', [...KEELCTL, 'seed', CONFIG, fragment, '-o', seed]),
  )
  const [disk, vars] = [join(dir, 'disk.raw'), join(dir, 'vars.fd')]
  await run('demo-disk-copy', ['cp', '--sparse=always', join(DISK, 'disk.raw'), disk])
  truncateSync(disk, DISK_BYTES)
  copyFileSync(UEFI.vars, vars)
  cluster.network.routePods(POD_CIDR, tap.address.split('/')[0] ?? '')
  const image = imageFilesIn(IMAGE_DIR)
  return machineIn(dir, {
    image,
    accelerator: await chooseAccelerator(image.kernel),
    disks: [{ file: disk, serial: 'keel-disk' }],
    memoryMib: 2048,
    ports: [],
    hardware: {
      starts: { from: 'disk', by: 'uefi', vars },
      media: [{ file: seed, as: 'ide-cd' }],
      nics: [{ kind: 'tap', name: tap.name, mac: tap.mac }],
    },
  })
}

/** What `kubeadm token create --print-join-command` would tell, and an address in the cluster's network, which has no DHCP. */
const fragmentFor = (tap: Tap, { endpoint, token, caHash }: ControlPlane): string => `
network:
  interfaces:
    - {mac: "${tap.mac}", address: ${tap.address}, gateway: ${tap.gateway}}
kubernetes:
  join: {endpoint: "${endpoint}", token: ${token}, caCertHashes: ["${caHash}"]}
`
