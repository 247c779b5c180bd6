/** Disks of each kind, and disks that are not what they were. What plan() decides without a machine: test/contract/disk-refusals.test.ts. */
import { execFileSync } from 'node:child_process'
import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Disk } from '../../src/vm/qemu.ts'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { buildMetalFolder, METAL_FOLDER } from '../image/metal-folder.ts'
import { ON_DISK } from './configs.ts'
import { filesystemAt, filesystemLabel, MIB, tableProblems } from './disk.ts'
import { durableActions } from './outline.ts'
import { boot, fatal, newDisk, powerOff, steady } from './vm.ts'

/** A machine with a recipe for hardware: its kernel is larger, and it waits for slow buses. */
const METAL_MS = 240_000

const errorOf = (event: NodeEvent) => event.error as { code: string; detail?: string; pointer?: string }
const disksAreSet = (vm: Vm) =>
  durableActions(vm.events).filter(line => /^(write-table|finish-partition)/.test(line))

test.each([512, 4096] as const)('one NVMe drive is one disk (sectors of %s bytes)', async sectorBytes => {
  const file = newDisk()
  const disks: Disk[] = [{ file, serial: 'keel-disk', behind: 'nvme', sectorBytes }]
  const first = await boot({ config: [ON_DISK], disks })
  await steady(first)
  expect(disksAreSet(first), first.console()).toEqual([
    'write-table /dev/nvme0n1',
    'finish-partition KEEL-STATE',
    'finish-partition KEEL-DATA',
  ])
  await powerOff(first)
  if (sectorBytes === 512) expect(tableProblems(file)).toBe('')

  const second = await boot({ config: [ON_DISK], disks })
  await steady(second)
  expect(durableActions(second.events), second.console()).toEqual([])
})

const ON_CARD_AND_STICK = `
apiVersion: keel/v1
hostname: on-card-and-stick
storage:
  disks:
    - match: {transport: mmc}
      partitions: [{label: KEEL-STATE, size: 64MiB}]
    - match: {serial: stick-1}
      partitions: [{label: KEEL-DATA, size: 64MiB}]
kubernetes: {role: none}
`

test('an SD card is found by how it is attached, and a USB drive by its serial number', async () => {
  buildMetalFolder()
  const image = { kernel: join(METAL_FOLDER, 'vmlinuz'), initramfs: join(METAL_FOLDER, 'initramfs.cpio') }
  const disks: Disk[] = [
    { file: newDisk(128), serial: '', behind: 'sd' },
    { file: newDisk(128), serial: 'stick-1', behind: 'usb' },
    { file: newDisk(128), serial: 'stick-2', behind: 'usb' },
  ]
  const vm = await boot({ image, config: [ON_CARD_AND_STICK], disks, memoryMib: 1536, lifetimeMs: METAL_MS })
  await steady(vm, METAL_MS)
  expect(disksAreSet(vm), vm.console()).toEqual([
    'write-table /dev/mmcblk0',
    'finish-partition KEEL-STATE',
    expect.stringMatching(/^write-table \/dev\/sd[ab]$/),
    'finish-partition KEEL-DATA',
  ])
}, 600_000)

test('a disk behind a controller without a driver is missing for that reason', async () => {
  const vm = await boot({
    config: [ON_DISK],
    disks: [{ file: newDisk(128), serial: 'keel-disk', behind: 'usb' }],
  })
  const error = errorOf(await fatal(vm))
  expect(error.code, vm.console()).toBe('disk-not-found')
  expect(error.detail, vm.console()).toMatch(/1b36:000d/)
})

test('two disks with one serial number are ambiguous, and neither is touched', async () => {
  const files = [newDisk(128), newDisk(128)]
  const disks: Disk[] = files.map(file => ({ file, serial: 'keel-disk' }))
  const vm = await boot({ config: [ON_DISK], disks })
  const error = errorOf(await fatal(vm))
  expect(error, vm.console()).toMatchObject({
    code: 'disk-ambiguous',
    pointer: '/storage/disks/0/selector',
  })
  expect(error.detail).toMatch(/vda.*vdb/)
  vm.kill()
  await vm.exited
  for (const file of files) execFileSync('cmp', ['-n', String(128 * MIB), file, '/dev/zero'])
})

test('space added to a disk after its setup is reported, and a disk that was shrunk is left alone', async () => {
  const disk = newDisk(256)
  const unused = (vm: Vm) => vm.events.filter(({ type }) => type === 'space-unused')
  const first = await boot({ config: [ON_DISK], disk })
  await steady(first)
  expect(unused(first)).toEqual([])
  await powerOff(first)

  truncateSync(disk, 320 * MIB)
  const enlarged = await boot({ config: [ON_DISK], disk })
  await steady(enlarged)
  expect(unused(enlarged), enlarged.console()).toMatchObject([
    { device: '/dev/vda', partition: 'KEEL-DATA', bytes: expect.any(Number) },
  ])
  const bytes = Number(unused(enlarged)[0]?.bytes)
  expect(bytes / MIB).toBeGreaterThan(63)
  expect(bytes / MIB).toBeLessThanOrEqual(66)
  await powerOff(enlarged)

  truncateSync(disk, 200 * MIB)
  const cut = await boot({ config: [ON_DISK], disk })
  expect(errorOf(await fatal(cut)), cut.console()).toMatchObject({
    code: 'disk-too-small',
    pointer: '/storage/disks/0',
  })
})

const labelled = (label: string) => `
apiVersion: keel/v1
hostname: labelled
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: a-partition-with-a-long-name, size: 32MiB}, {label: PLAIN, size: 32MiB}]
  filesystems:
    - {partition: a-partition-with-a-long-name, label: ${label}, mountPath: /var/mnt/scratch}
    - {partition: PLAIN, mountPath: /var/mnt/plain}
kubernetes: {role: none}
`

test('a filesystem gets the label of the config, and a boot whose config says another one changes nothing', async () => {
  const disk = newDisk(128)
  const labels = () =>
    ['a-partition-with-a-long-name', 'PLAIN'].map(name => filesystemLabel(filesystemAt(disk, name)))
  const first = await boot({ config: [labelled('scratch')], disk })
  await steady(first)
  await powerOff(first)
  expect(labels(), first.console()).toEqual(['scratch', 'PLAIN'])

  const second = await boot({ config: [labelled('other')], disk })
  expect(errorOf(await fatal(second)), second.console()).toMatchObject({
    code: 'filesystem-mismatch',
    pointer: '/storage/filesystems/0/label',
  })
  second.kill()
  await second.exited
  expect(labels()).toEqual(['scratch', 'PLAIN'])
})
