import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { authority, serverIdentity } from '../../src/kubelet/pki.ts'
import { type Namespace, WEB_ADDRESS } from '../metadata/namespace.ts'
import { packed } from '../metadata/pack.ts'
import { WEB, WEB_PATH } from '../metadata/profile.ts'
import { IN_RAM } from '../vm/configs.ts'
import { boot, eventOf, MIB, withMachine } from './machines.ts'
import type { Line } from './table.ts'
import { inNamespace, machineConfigOf, type Workspace } from './workspace.ts'

const MB = 1000 ** 2

/** What the node's own program weighs, on disk and in memory, and what the images weigh. */
export async function benchSizes(workspace: Workspace): Promise<Line[]> {
  const image = await workspace.image('kernel')
  const uki = await workspace.image('uki')
  const usage = await inNamespace(namespace => withMachine(dir => usageOfInit(workspace, dir, namespace)))
  const [peak, child] = [usage.initPeakRssBytes, usage.childrenPeakRssBytes]
  const size = (folder: string, name: string) => statSync(join(folder, name)).size
  return [
    { what: 'keel-init', unit: 'MiB', value: size(image, 'keel-init') / MIB, goal: 4.25 },
    { what: 'peak RSS of PID 1, config by https', unit: 'MiB', value: peak / MIB },
    { what: 'peak RSS of its largest child', unit: 'MiB', value: child / MIB },
    { what: 'peak RSS of PID 1 and of its largest child', unit: 'MiB', value: (peak + child) / MIB, goal: 8 },
    { what: 'UKI, cloud recipe', unit: 'MB', value: size(uki, 'keel.efi') / MB, goal: 70 },
    {
      what: 'kernel and initramfs',
      unit: 'MB',
      value: (size(image, 'vmlinuz') + size(image, 'initramfs.cpio')) / MB,
      peer: 'Debian: 169.9 MB squashfs without kernel',
    },
    {
      what: 'executable files in the root',
      unit: '',
      value: programsIn(image),
      peer: 'Debian with cloud-init: 948',
    },
  ]
}

type Entry = { in: 'initramfs' | 'root'; kind: string; mode: string }

function programsIn(image: string): number {
  const files = JSON.parse(readFileSync(join(image, 'files.json'), 'utf8')) as Entry[]
  const isProgram = (entry: Entry) =>
    entry.in === 'root' && entry.kind === 'file' && (Number.parseInt(entry.mode, 8) & 0o111) !== 0
  return files.filter(isProgram).length
}

type Usage = { initPeakRssBytes: number; childrenPeakRssBytes: number }

/** A node without Kubernetes, so that every child is of keel-init; TLS is the largest thing that one of them does. */
async function usageOfInit(workspace: Workspace, dir: string, namespace: Namespace): Promise<Usage> {
  const validity = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) }
  const ca = authority('bench', validity)
  const document = machineConfigOf(IN_RAM)
  const tls = serverIdentity(ca, WEB_ADDRESS, validity)
  const server = await namespace.start(WEB_ADDRESS, { profile: WEB, document, tls })
  const words = [`url=https://${WEB_ADDRESS}${WEB_PATH}`, `ca=${packed(ca.certificate, 'gzip', 'base64')}`]
  const machine = {
    cmdline: words.map(word => `keel.config.${word}`).join(' '),
    hardware: { nics: [namespace.nic] },
    inside: namespace.inside,
  }
  const steady = await boot(workspace, dir, machine, vm => eventOf(vm, 'steady')).finally(() =>
    server.close(),
  )
  return steady.usage as Usage
}

const DAY_MS = 86_400_000
