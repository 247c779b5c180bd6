import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type ImageFiles, imageFilesIn } from '../../src/image/image-files.ts'
import type { MachineOptions } from '../../src/vm/machine-in-folder.ts'
import type { Medium } from '../../src/vm/qemu-media.ts'
import { buildMetalFolder, METAL_FOLDER } from '../image/metal-folder.ts'
import { IN_RAM } from './configs.ts'
import { iso, plainIso, vfat, vfatPartition } from './media.ts'
import { fatalOf, outcome, transcript } from './source-outcome.ts'
import { boot, machineConfig, tempDir } from './vm.ts'

/** Media that are accepted wherever they are plugged in, and media that are not, each with its error. */

const CONFIG = machineConfig([IN_RAM])
const seed = (dir: string, as: Medium['as']): Medium => ({
  file: iso(dir, 'cidata', { 'user-data': CONFIG }),
  as,
})
const keel = (dir: string, contents: Record<string, string>): string => vfat(dir, 'KEEL', contents)

test('seeds behind AHCI, IDE and virtio-scsi serve', async () => {
  const dir = tempDir()
  const media: Medium[] = [
    { file: keel(dir, { 'machine.json': CONFIG }), as: 'scsi-disk' },
    seed(dir, 'ide-cd'),
    { file: iso(dir, 'config-2', { 'openstack/latest/user_data': CONFIG }), as: 'piix-cd' },
  ]
  const vm = await boot({ hardware: { nics: [], media } })
  expect(await outcome(vm), transcript(vm)).toEqual({
    answers: ['keel-disk config', 'nocloud config', 'config-drive config'],
    failures: [],
    end: 'verified',
  })
})

/** A kernel with drivers of USB; the stick shows its disk a second and more after its controller. */
function metal(): ImageFiles {
  buildMetalFolder()
  return imageFilesIn(METAL_FOLDER)
}

test('seeds on USB sticks are waited for, and a machine with an empty USB port gives up by itself', async () => {
  const image = metal()
  const onStick = (file: string): MachineOptions['hardware'] => ({
    nics: [],
    media: [{ file, as: 'usb-disk' }],
  })
  const wholeDisk = iso(tempDir(), 'cidata', { 'user-data': CONFIG, 'meta-data': '"local-hostname": "w1"\n' })
  const partition = vfatPartition(tempDir(), 'KEEL', { 'machine.json': CONFIG })
  const foreign = vfatPartition(tempDir(), 'HOLIDAYS', { 'a.txt': 'a' })
  const verified = (answer: string) => ({ answers: [answer], failures: [], end: 'verified' })
  for (const [file, want] of [
    [wholeDisk, verified('nocloud config')],
    [partition, verified('keel-disk config')],
    [foreign, { answers: [], failures: [], end: 'config-missing' }],
  ] as const) {
    const vm = await boot({ image, hardware: onStick(file) })
    expect(await outcome(vm), transcript(vm)).toEqual(want)
    vm.kill()
  }
}, 600_000)

// The emulated card is there as soon as its host has a driver: for one that comes later, init-stub/src/sources/late/tests.rs.
test('a seed on an SD card is found: the host needs a driver, and the card one of its own', async () => {
  const disks = [{ file: keel(tempDir(), { 'machine.json': CONFIG }), serial: '', behind: 'sd' as const }]
  const vm = await boot({ image: metal(), disks, hardware: { nics: [] } })
  expect(await outcome(vm), transcript(vm)).toEqual({
    answers: ['keel-disk config'],
    failures: [],
    end: 'verified',
  })
}, 600_000)

const LATE = 'keel.config.device=LABEL=KEEL:/machine.json'

test('a device that the command line names is waited for, and the console says so', async () => {
  const media: Medium[] = [{ file: keel(tempDir(), { 'machine.json': CONFIG }), as: 'late-disk' }]
  const vm = await boot({ cmdline: LATE, hardware: { nics: [], media } })
  await vm.waitFor('the wait for the device', event => event.type === 'failed', 60_000)
  await vm.command('plug_in')
  const { answers, end } = await outcome(vm)
  expect({ answers, end }, transcript(vm)).toEqual({
    answers: ['cmdline-device config', 'keel-disk config'],
    end: 'verified',
  })
  expect(vm.console()).toMatch(
    /find LABEL=KEEL: source-unreadable: not there yet; filesystems that are: none/,
  )
})

/** A damaged filesystem that still shows its label: no table says where its files are. */
function damaged(file: string): string {
  const bytes = readFileSync(file)
  bytes[16] = 0
  writeFileSync(file, bytes)
  return file
}

type Row = { name: string; cmdline?: string; media: (dir: string) => Medium[]; code: string; detail: RegExp }

const ROWS: Row[] = [
  {
    name: 'two filesystems with one label',
    media: dir => {
      const one = seed(dir, 'disk')
      return [one, { ...one, as: 'ide-cd' }]
    },
    code: 'source-ambiguous',
    detail: /\/dev\/sr0 and \/dev\/vda both fit/,
  },
  {
    name: 'a damaged filesystem',
    media: dir => [{ file: damaged(keel(dir, { 'machine.json': CONFIG })), as: 'disk' }],
    code: 'source-unreadable',
    detail: /its vfat is damaged/,
  },
  {
    name: 'a disk of ours without the file',
    media: dir => [{ file: keel(dir, { 'node.yaml': 'x' }), as: 'disk' }],
    code: 'source-unreadable',
    detail: /there is no such file/,
  },
  {
    name: 'a disk of ours with an empty file',
    media: dir => [{ file: keel(dir, { 'machine.json': '\n' }), as: 'disk' }],
    code: 'source-unreadable',
    detail: /the file is empty/,
  },
  {
    name: 'a seed whose document has another name',
    media: dir => [
      {
        file: iso(dir, 'cidata', { 'user-data.yaml': CONFIG, 'meta-data': 'instance-id: i-1\n' }),
        as: 'ide-cd',
      },
    ],
    code: 'config-missing',
    detail:
      /^\/dev\/sr0 is labelled cidata and has no file user-data \(it has: meta-data, user-data\.yaml\); asked without success/,
  },
  {
    name: 'a seed with an empty document, and a config drive of one version only',
    media: dir => [
      { file: vfat(dir, 'CIDATA', { 'user-data': '\n', 'meta-data': '' }), as: 'disk' },
      { file: iso(dir, 'config-2', { 'openstack/2018-08-27/user_data': CONFIG }), as: 'scsi-cd' },
    ],
    code: 'config-missing',
    detail:
      /its file user-data is empty; .* has no file openstack\/latest\/user_data \(its folder openstack has: 2018-08-27\)/,
  },
  {
    name: 'a seed whose names are cut to eight letters',
    media: dir => [{ file: plainIso(dir, 'cidata', { 'user-data': CONFIG, 'meta-data': '' }), as: 'ide-cd' }],
    code: 'config-missing',
    detail: /\(it has: meta_dat, user_dat; its names are cut to eight letters/,
  },
  {
    name: 'a device that does not come in time',
    cmdline: `${LATE.replace('KEEL', 'OTHER')} keel.config.timeout=2`,
    media: dir => [{ file: iso(dir, 'mine', { a: 'b' }), as: 'disk' }],
    code: 'source-unreadable',
    detail: /not there in time; filesystems that are: \/dev\/vda \(iso9660 "mine"\)/,
  },
  {
    name: 'a device that nobody understands',
    cmdline: 'keel.config.device=KEEL:/machine.json',
    media: () => [],
    code: 'cmdline-invalid',
    detail: /wanted: LABEL=/,
  },
]

for (const { name, cmdline, media, code, detail } of ROWS) {
  test(`the boot ends at ${name}, and says so`, async () => {
    const vm = await boot({
      ...(cmdline ? { cmdline } : {}),
      hardware: { nics: [], media: media(tempDir()) },
    })
    expect((await outcome(vm)).end, transcript(vm)).toBe(code)
    expect(fatalOf(vm).detail, transcript(vm)).toMatch(detail)
  })
}
