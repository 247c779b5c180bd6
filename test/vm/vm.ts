import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { freePort } from '../../src/free-port.ts'
import { KUBELET_PORT, type Kubelet, kubeletAt } from '../../src/kubelet-client.ts'
import { clientPki } from '../../src/pki.ts'
import { CMDLINE } from '../../src/qemu.ts'
import { type NodeEvent, portTo, startVm, type Vm } from '../../src/vm.ts'
import { transpile } from '../../transpiler/index.ts'
import { AGENT_PORT } from './agent.ts'
import { emptyDisk } from './disk.ts'

/** What a test says of its machine; all else is the same for every test. */
export type BootOptions = {
  /** Node configs that are merged, or the bytes of a machine config as they are; absent: no source has one. */
  config?: string[] | { bytes: string }
  /** Disk image; absent: a machine without a disk. */
  disk?: string
  /** Words after the usual kernel command line. */
  cmdline?: string
  memoryMib?: number
}

/** No machine outlives this, whatever a test waits for. */
const LIFETIME_MS = 300_000

/** A folder that is gone when the test is over. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'keel-vm-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** An empty disk that is gone when the test is over. */
export function newDisk(mib = 512): string {
  return emptyDisk(join(tempDir(), 'disk.img'), mib)
}

/** A copy of a disk as it is now, without the holes written out. */
export function copyOf(disk: string): string {
  const copy = join(tempDir(), 'disk.img')
  cpSync(disk, copy)
  return copy
}

/** Boots a machine. It is killed when the test ends, however it ends. */
export async function boot(options: BootOptions): Promise<Vm> {
  const dir = tempDir()
  const configFile = join(dir, 'machine.json')
  if (options.config) writeFileSync(configFile, machineConfig(options.config))
  const image = inject('image')
  const vm = await startVm(
    {
      kernel: image.kernel,
      initramfs: image.initramfs,
      accelerator: image.accelerator,
      cmdline: [CMDLINE, options.cmdline].filter(Boolean).join(' '),
      ...(options.config ? { configFile } : {}),
      cpus: 2,
      memoryMib: options.memoryMib ?? 1024,
      disks: options.disk ? [{ file: options.disk, serial: 'keel-disk' }] : [],
      eventSocket: join(dir, 'events'),
      commandSocket: join(dir, 'qmp'),
      consoleFile: join(dir, 'console'),
      forwards: [
        { host: await freePort(), guest: KUBELET_PORT },
        { host: await freePort(), guest: AGENT_PORT },
      ],
    },
    LIFETIME_MS,
  )
  onTestFinished(async () => {
    vm.kill()
    await vm.exited
  })
  return vm
}

/** The machine config of node configs; a test whose config is wrong fails with what keelctl would say. */
export function machineConfig(config: string[] | { bytes: string }): string {
  if (!Array.isArray(config)) return config.bytes
  const result = transpile(config.map((text, i) => ({ name: `config-${i}.keel.yaml`, text })))
  if (result.machine === undefined) throw new Error(JSON.stringify(result.diagnostics, null, 2))
  return result.machine
}

const BOOT_MS = 120_000

/** Waits until everything the config asks for is in place. */
export function steady(vm: Vm): Promise<NodeEvent> {
  return vm
    .waitFor('steady', event => event.type === 'steady' || isFatal(event), BOOT_MS)
    .then(event => {
      if (event.type !== 'steady') throw new Error(`fatal: ${JSON.stringify(event)}\n${vm.console()}`)
      return event
    })
}

/** Waits for the failure that ends a boot. */
export function fatal(vm: Vm): Promise<NodeEvent> {
  return vm.waitFor('a fatal failure', isFatal, BOOT_MS)
}

function isFatal(event: NodeEvent): boolean {
  return event.type === 'failed' && event.fatal === true
}

/** Presses the power button and waits until the machine is off. */
export async function powerOff(vm: Vm): Promise<void> {
  await vm.command('system_powerdown')
  await vm.waitFor('the end of the shutdown', event => event.type === 'shutdown-finished', BOOT_MS)
  await vm.exited
}

/** A fragment that lets the kubelet answer, and the means to ask it. */
export function kubeletAccess(): { fragment: string; of(vm: Vm): Kubelet } {
  const pki = clientPki(new Date())
  const indented = pki.ca.certificate.trim().split(/\r?\n/).join('\n      ')
  return {
    fragment: `apiVersion: keel/v1\nkubernetes:\n  clientCA:\n    inline: |\n      ${indented}\n`,
    of: vm => kubeletAt(portTo(vm, KUBELET_PORT), pki.client),
  }
}
