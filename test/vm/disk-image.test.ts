import { execFileSync } from 'node:child_process'
import { copyFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { UEFI } from '../../src/vm/qemu-firmware.ts'
import { filesystemAt, filesystemState, MIB, partitionsOf, readFrom, tableProblems } from './disk.ts'
import { iso } from './media.ts'
import { durableActions, outline } from './outline.ts'
import { boot, fatal, machineConfig, powerOff, steady, tempDir } from './vm.ts'

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

test('a disk image starts under UEFI, the node takes the rest of its disk, and a second boot changes nothing', async () => {
  const dir = tempDir()
  const [disk, vars] = [join(dir, 'disk.raw'), join(dir, 'vars.fd')]
  execFileSync('cp', ['--sparse=always', image, disk])
  truncateSync(disk, DISK_MIB * MIB)
  copyFileSync(UEFI.vars, vars)
  const config = [ON_BOOT_DISK]
  const seed = iso(dir, 'cidata', { 'user-data': machineConfig(config), 'meta-data': 'instance-id: i-1\n' })
  const start = () =>
    boot({
      disk,
      hardware: { starts: { from: 'disk', by: 'uefi', vars }, media: [{ file: seed, as: 'ide-cd' }] },
    })

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

test('a disk image on an NVMe drive starts under UEFI, and the drive is the boot disk', async () => {
  const dir = tempDir()
  const [disk, vars] = [join(dir, 'disk.raw'), join(dir, 'vars.fd')]
  execFileSync('cp', ['--sparse=always', image, disk])
  truncateSync(disk, DISK_MIB * MIB)
  copyFileSync(UEFI.vars, vars)
  const seed = iso(dir, 'cidata', { 'user-data': machineConfig([ON_BOOT_DISK]), 'meta-data': '' })
  const vm = await boot({
    disk,
    behind: 'nvme',
    hardware: { starts: { from: 'disk', by: 'uefi', vars }, media: [{ file: seed, as: 'ide-cd' }] },
  })
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
