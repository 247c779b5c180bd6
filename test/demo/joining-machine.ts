import { copyFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MachineOptions, machineInFolder } from '../../src/vm/machine-in-folder.ts'
import type { Machine } from '../../src/vm/qemu.ts'
import { UEFI } from '../../src/vm/qemu-firmware.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import type { Tap } from '../cluster/network.ts'
import { run } from '../progress.mjs'

/** The config of the worker, without its cluster. */
export const JOINING_CONFIG = 'fixtures/demo/joining-worker.keel.yaml'
/** Its name, and the network of its pods. */
export const NODE = 'worker-1'
export const POD_CIDR = '10.244.0.0/24'
const DISK_BYTES = 8 * 2 ** 30

/** A machine with a disk image, grown; a seed with its config; and a cable into the cluster's network. */
export async function joiningMachine(
  dir: string,
  diskImage: string,
  tap: Tap,
  cluster: ControlPlane,
  options: Pick<MachineOptions, 'image' | 'accelerator'>,
): Promise<Machine> {
  const fragment = join(dir, 'join.keel.yaml')
  writeFileSync(fragment, joinFragment(tap, cluster), { mode: 0o600 })
  const seed = join(dir, 'seed.img')
  await run('demo-seed', ['node', 'dist/keelctl', 'seed', JOINING_CONFIG, fragment, '-o', seed])
  const [disk, vars] = [join(dir, 'disk.raw'), join(dir, 'vars.fd')]
  await run('demo-disk-copy', ['cp', '--sparse=always', diskImage, disk])
  truncateSync(disk, DISK_BYTES)
  copyFileSync(UEFI.vars, vars)
  cluster.network.routePods(POD_CIDR, tap.address.split('/')[0] ?? '')
  return machineInFolder(dir, {
    ...options,
    disks: [{ file: disk, serial: 'keel-disk' }],
    memoryMib: 2048,
    ports: [],
    hardware: {
      starts: { from: 'disk', by: 'uefi', vars },
      media: [{ file: seed, as: 'disk' }],
      nics: [{ kind: 'tap', name: tap.name, mac: tap.mac }],
    },
  })
}

/** What `kubeadm token create --print-join-command` would tell, and an address in the cluster's network, which has no DHCP. */
export const joinFragment = (tap: Tap, { endpoint, token, caHash }: ControlPlane): string => `
network:
  links:
    - {match: {mac: "${tap.mac}"}, addresses: [${tap.address}], routes: [{gateway: ${tap.gateway}}]}
kubernetes:
  join: {endpoint: "${endpoint}", token: "${token}", caCertHashes: ["${caHash}"]}
`
