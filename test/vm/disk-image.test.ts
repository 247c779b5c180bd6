import { execFileSync } from 'node:child_process'
import { copyFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { UEFI } from '../../src/vm/qemu-firmware.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { filesystemAt, filesystemState, MIB, partitionsOf, readFrom, tableProblems } from './disk.ts'
import { iso } from './media.ts'
import { durableActions, outline } from './outline.ts'
import { type BootOptions, boot, fatal, machineConfig, powerOff, steady, tempDir } from './vm.ts'

const ON_BOOT_DISK = `
apiVersion: keel/v1
hostname: from-its-own-disk
storage:
  disks:
    - match: {bootDisk: true}
      partitions:
        - {label: KEEL-STATE, size: 64MiB}
        - {label: KEEL-DATA, size: rest}
  persist:
    - {path: /var/lib/app, partition: KEEL-DATA}
  files:
    - {path: /var/lib/app/motd, contents: {inline: "one file\\n"}}
kubernetes: {role: none}
`

const DISK_MIB = 8192
let image = ''

beforeAll(() => {
  // Kept with the other images: every test copies what it changes.
  const argv = [
    'dist/keelctl',
    'image',
    'build',
    '--as',
    'disk',
    '--esp-size',
    '256MiB',
    '-o',
    'dist/image-disk',
  ]
  execFileSync('node', argv, { stdio: 'pipe' })
  image = 'dist/image-disk/disk.raw'
})

/** A machine with a disk of its own that has the image, and a seed on a CD-ROM. */
function machine(hardware: Pick<BootOptions, 'behind'> = {}) {
  const dir = tempDir()
  const [disk, vars] = [join(dir, 'disk.raw'), join(dir, 'vars.fd')]
  execFileSync('cp', ['--sparse=always', image, disk])
  truncateSync(disk, DISK_MIB * MIB)
  copyFileSync(UEFI.vars, vars)
  const document = { 'user-data': machineConfig([ON_BOOT_DISK]), 'meta-data': 'instance-id: i-1\n' }
  const seed = iso(dir, 'cidata', document)
  const start = () =>
    boot({
      disk,
      ...hardware,
      hardware: { starts: { from: 'disk', by: 'uefi', vars }, media: [{ file: seed, as: 'ide-cd' }] },
    })
  return { disk, start }
}

test('a disk image starts under UEFI, the node takes the rest of its disk, and a second boot changes nothing', async () => {
  const { disk, start } = machine()
  const first = await start()
  await steady(first)
  expect(durableActions(first.events), first.console()).toEqual([
    expect.stringMatching(/^repair-table \/dev\/vda$/),
    ...['add-partition KEEL-STATE', 'make-filesystem KEEL-STATE', 'finish-partition KEEL-STATE'],
    ...['add-partition KEEL-DATA', 'make-filesystem KEEL-DATA', 'finish-partition KEEL-DATA'],
    ...['', '/var', '/var/lib', '/var/lib/app', '/var/log'].map(
      path => `make-directory /keel/data/persist${path}`,
    ),
    'write-file /var/lib/app/motd',
  ])
  await powerOff(first)
  expect(tableProblems(disk)).toBe('')
  const sizes = partitionsOf(disk).map(({ name, size }) => [name, Math.floor((size * 512) / MIB)])
  expect(sizes).toEqual([
    ['KEEL-ESP', 256],
    ['KEEL-STATE', 64],
    ['KEEL-DATA', DISK_MIB - 256 - 64 - 2],
  ])
  expect(readFrom(filesystemAt(disk, 'KEEL-DATA'), '/persist/var/lib/app/motd')).toBe('one file\n')

  const second = await start()
  await steady(second)
  expect(durableActions(second.events), second.console()).toEqual([])
  await powerOff(second)
  expect(tableProblems(disk)).toBe('')
  for (const label of ['KEEL-STATE', 'KEEL-DATA'])
    expect(filesystemState(filesystemAt(disk, label)), label).toBe('clean')
})

/** Does what docs/upgrade.md says, with tools that need no mount. The new program brings the config along, by which it is told from the old one. */
function replaceProgram(disk: string): void {
  const dir = join(tempDir(), 'next')
  const packed = execFileSync('gzip', ['-9n'], { input: machineConfig([ON_BOOT_DISK]) }).toString('base64')
  const words = ['--cmdline', `keel.config.inline=${packed}`]
  execFileSync('node', ['dist/keelctl', 'image', 'build', '--as', 'uki', ...words, '-o', dir], {
    stdio: 'pipe',
  })
  const esp = partitionsOf(disk).find(({ name }) => name === 'KEEL-ESP')
  const at = ['-i', `${disk}@@${(esp?.start ?? 0) * 512}`]
  execFileSync('mcopy', [...at, join(dir, 'keel.efi'), '::/EFI/Linux/keel-2-next+3.efi'])
}

test('a new keel.efi next to the old one starts, and the node keeps its disk', async () => {
  const { disk, start } = machine()
  const first = await start()
  await steady(first)
  await powerOff(first)
  const before = partitionsOf(disk)
  replaceProgram(disk)
  const second = await start()
  await steady(second)
  await powerOff(second)
  const brought = (vm: Vm) =>
    outline(vm.events).filter(line => line === 'source cmdline-inline config').length
  expect([brought(first), brought(second)], second.console()).toEqual([0, 1])
  expect(durableActions(second.events), second.console()).toEqual([])
  expect(partitionsOf(disk)).toEqual(before)
  expect(readFrom(filesystemAt(disk, 'KEEL-DATA'), '/persist/var/lib/app/motd')).toBe('one file\n')
})

test('a disk image on an NVMe drive starts under UEFI, and the drive is the boot disk', async () => {
  const { disk, start } = machine({ behind: 'nvme' })
  const vm = await start()
  await steady(vm)
  expect(durableActions(vm.events).slice(0, 2), vm.console()).toEqual([
    'repair-table /dev/nvme0n1',
    'add-partition KEEL-STATE',
  ])
  await powerOff(vm)
  expect(tableProblems(disk)).toBe('')
})

test('a machine that was not started from a disk has no boot disk, and says which disks it has', async () => {
  const disk = join(tempDir(), 'disk.raw')
  execFileSync('cp', ['--sparse=always', image, disk])
  const vm = await boot({ config: [ON_BOOT_DISK], disk })
  const failure = await fatal(vm)
  expect(outline([failure]), vm.console()).toEqual(['fatal disks disk-not-found /storage/disks/0/selector'])
  const { object, detail } = failure.error as { object: string; detail: string }
  expect(object).toBe('disk with the partition booted from')
  expect(detail).toMatch(/^candidates: \/dev\/vda \([\d.]+ [MG]iB, serial keel-disk, virtio\)$/)
})
