/** Disks that other tools made, checked by the real keel-init: each refusal names its own reason, and an erase names what it loses. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NAMES } from '../../schema/names.ts'
import { transpile } from '../../transpiler/index.ts'
import { keelInit } from './validators.ts'

const MIB = 2 ** 20
/** A disk's GUID that says Keel made its table (init-stub/src/core/gpt/guid.rs). */
const KEELS_DISK = '4b65656c-0000-8000-8000-000000000001'
const MICROSOFT = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7'
let init = ''
let folder = ''
let count = 0

beforeAll(() => {
  init = keelInit()
  folder = mkdtempSync(join(tmpdir(), 'keel-refusals-'))
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true }))

type Made = { label: string; format?: string; mib: number; type?: string; volume?: string }

/** A disk with a table that sgdisk made. */
function disk(partitions: Made[], mib = 160): string {
  const file = join(folder, `${count++}.raw`)
  writeFileSync(file, '')
  truncateSync(file, mib * MIB)
  let start = 1
  for (const [i, { label, format, mib, type = '8300', volume = '' }] of partitions.entries()) {
    const argv = [`--new=${i + 1}:${start}M:+${mib}M`, `--change-name=${i + 1}:${label}`]
    execFileSync('sgdisk', [...argv, `--typecode=${i + 1}:${type}`, file], { stdio: 'ignore' })
    if (format !== undefined)
      execFileSync(
        'mke2fs',
        ['-q', '-t', format, '-L', volume, '-F', '-E', `offset=${start * MIB}`, file, `${mib}M`],
        { stdio: 'ignore' },
      )
    start += mib
  }
  return file
}

type Wanted = { label: string; size?: string; wipe?: boolean; volume?: string }

/** A config for the disk `serial d`; the first partition has a filesystem. */
function config(wanted: Wanted[], selector = '{serial: d}'): string {
  const rows = wanted.map(({ label, size = 'rest' }) => `{label: ${label}, size: ${size}}`)
  const volume = wanted[0]?.volume === undefined ? '' : `, label: ${wanted[0].volume}`
  const wipe = wanted.some(({ wipe }) => wipe) ? 'wipe: true, ' : ''
  return machine(`
  disks: [{match: ${selector}, ${wipe}partitions: [${rows.join(', ')}]}]
  filesystems: [{partition: ${wanted[0]?.label}, mountPath: /var/vmail${volume}}]`)
}

function machine(storage: string): string {
  const text = `apiVersion: keel/v1\nhostname: w1\nstorage:${storage}\nkubernetes: {role: none}\n`
  const result = transpile([{ name: 'w1.keel.yaml', text }])
  if (result.text === undefined) throw new Error(JSON.stringify(result.diagnostics, null, 2))
  return result.text
}

type Observation = { disks: Record<string, unknown>[] }
type Refusal = { code: string; detail: string; pointer: string; object: string }
type Action = { action: string; wipe?: boolean; erases?: string }

const run = (...argv: string[]) => spawnSync(init, argv, { encoding: 'utf8' }).stdout

function observe(...disks: string[]): Observation {
  return JSON.parse(run('observe', ...disks.flatMap(file => ['--disk', `${file},serial=d`])))
}

function plan(config: string, seen: Observation): { refusal?: Refusal; actions?: Action[] } {
  const [configFile, seenFile] = [join(folder, 'machine.json'), join(folder, 'seen.json')]
  writeFileSync(configFile, config)
  writeFileSync(seenFile, JSON.stringify(seen))
  return JSON.parse(run('plan', '--config', configFile, '--observation', seenFile))
}

const at = (field: string) => `/storage/disks/0/${field}`

test.each<[string, Made[], Wanted[], string, string, RegExp]>([
  [
    'another filesystem',
    [{ label: 'vmail-dir', format: 'ext3', mib: 64 }],
    [{ label: 'vmail-dir' }],
    'filesystem-mismatch',
    '/storage/filesystems/0/format',
    /ext3.*ext4/,
  ],
  [
    'no filesystem',
    [{ label: 'vmail-dir', mib: 64 }],
    [{ label: 'vmail-dir' }],
    'filesystem-mismatch',
    '/storage/filesystems/0/format',
    /no filesystem/,
  ],
  [
    'a filesystem with another label',
    [{ label: 'vmail-dir', format: 'ext4', mib: 64, volume: 'old mail' }],
    [{ label: 'vmail-dir', volume: 'mail' }],
    'filesystem-mismatch',
    '/storage/filesystems/0/label',
    /"old mail".*"mail"/,
  ],
  [
    'another type',
    [{ label: 'vmail-dir', format: 'ext4', mib: 64, type: '0700' }],
    [{ label: 'vmail-dir' }],
    'partition-mismatch',
    at('partitions/0/typeGuid'),
    new RegExp(MICROSOFT),
  ],
  [
    'another size',
    [{ label: 'vmail-dir', format: 'ext4', mib: 64 }],
    [{ label: 'vmail-dir', size: '48MiB' }],
    'partition-mismatch',
    at('partitions/0/size'),
    /64 MiB.*48 MiB/,
  ],
  [
    'one of two partitions',
    [{ label: 'vmail-dir', format: 'ext4', mib: 64 }],
    [
      { label: 'vmail-dir', size: '64MiB' },
      { label: 'logs', size: 'rest' },
    ],
    'partition-mismatch',
    at('partitions/1/label'),
    /vmail-dir \(ext4, 64 MiB\)/,
  ],
  [
    'none of the partitions',
    [
      { label: 'home', format: 'ext4', mib: 64 },
      { label: '', format: 'ext2', mib: 16 },
    ],
    [{ label: 'vmail-dir' }],
    'disk-foreign',
    at('wipe'),
    /gpt with home \(ext4, 64 MiB\), \S.*\(ext2, 16 MiB\)/,
  ],
])('a disk with %s is refused for that reason', (_, made, wanted, code, pointer, detail) => {
  const { refusal } = plan(config(wanted), observe(disk(made)))
  expect(refusal).toMatchObject({ code, pointer })
  expect(refusal?.detail).toMatch(detail)
})

test.each([
  ['any label', undefined],
  ['the same label', 'mail'],
])('a disk is as it should be where the config says %s', (_, volume) => {
  const file = disk([{ label: 'vmail-dir', format: 'ext4', mib: 64, volume: 'mail' }])
  const wanted: Wanted = { label: 'vmail-dir', size: '64MiB', ...(volume !== undefined && { volume }) }
  expect(plan(config([wanted]), observe(file)).actions).toEqual([])
})

test('a table of another tool whose second copy is gone is said to be damaged, and nobody is told to erase it', () => {
  const file = disk([{ label: 'vmail-dir', format: 'ext4', mib: 64 }])
  truncateSync(file, 200 * MIB)
  const { refusal } = plan(config([{ label: 'vmail-dir' }]), observe(file))
  expect(refusal).toMatchObject({ code: 'partition-mismatch', pointer: '/storage/disks/0' })
  expect(refusal?.detail).toMatch(/enlarged.*vmail-dir \(ext4, 64 MiB\)/)
})

test('a disk that was shrunk is reported as smaller than its table', () => {
  const file = disk([{ label: 'vmail-dir', format: 'ext4', mib: 64 }])
  truncateSync(file, 100 * MIB)
  const { refusal } = plan(config([{ label: 'vmail-dir' }]), observe(file))
  expect(refusal).toMatchObject({ code: 'disk-too-small', pointer: '/storage/disks/0' })
  expect(refusal?.detail).toMatch(/160 MiB.*100 MiB/)
})

test('a table of Keel that another tool has given more entries is not written again where a partition would be lost', () => {
  const file = disk([{ label: 'vmail-dir', format: 'ext4', mib: 64 }])
  const more = ['--resize-table=256', '--new=200:100M:+8M', '--change-name=200:theirs']
  execFileSync('sgdisk', [`--disk-guid=${KEELS_DISK}`, ...more, file], { stdio: 'ignore' })
  const wanted = config([{ label: 'vmail-dir' }])
  const { refusal } = plan(wanted, observe(file))
  expect(refusal).toMatchObject({ code: 'partition-mismatch', pointer: '/storage/disks/0' })
  expect(refusal?.detail).toMatch(/partition 200 .*128 entries/)
  execFileSync('sgdisk', ['--delete=200', file], { stdio: 'ignore' })
  expect(plan(wanted, observe(file)).actions).toMatchObject([{ action: 'repair-table' }])
})

test('a disk whose table is for other sectors is said to be that', () => {
  const file = disk([{ label: 'vmail-dir', format: 'ext4', mib: 64 }])
  const seen = observe(file)
  const [found] = seen.disks
  const other = { ...found, table: undefined, madeFor: found?.['geometry'] }
  const geometry = { sizeBytes: 160 * MIB, sectorBytes: 4096 }
  const { refusal } = plan(config([{ label: 'vmail-dir' }]), { ...seen, disks: [{ ...other, geometry }] })
  expect(refusal?.code).toBe('disk-foreign')
  expect(refusal?.detail).toMatch(/sectors of 512 bytes.*4096/)
})

test.each<[string, () => string, RegExp]>([
  [
    'partitions',
    () => disk([{ label: 'home', format: 'ext4', mib: 64 }]),
    /^gpt with home \(ext4, 64 MiB\)$/,
  ],
  ['a table alone', () => disk([{ label: '', mib: 0 }].slice(1)), /^data|^gpt/],
  [
    'a filesystem',
    () => {
      const file = disk([])
      execFileSync('mke2fs', ['-q', '-t', 'ext4', '-F', file])
      return file
    },
    /^ext4$/,
  ],
])('a plan that erases %s says so', (name, make, erases) => {
  const file = make()
  if (name === 'a table alone') execFileSync('sgdisk', ['--clear', file], { stdio: 'ignore' })
  const { actions } = plan(config([{ label: 'vmail-dir', wipe: true }]), observe(file))
  expect(actions?.[0]).toMatchObject({ action: 'write-table', wipe: true })
  expect(actions?.[0]?.erases).toMatch(erases)
})

test('a plan for an empty disk erases nothing', () => {
  const { actions } = plan(config([{ label: 'vmail-dir', wipe: true }]), observe(disk([])))
  expect(actions?.[0]).toMatchObject({ action: 'write-table', wipe: false })
  expect(actions?.[0]).not.toHaveProperty('erases')
})

test("a disk of Keel's that sgdisk has zapped is an empty disk, what wipefs leaves is none, and wipe empties none of Keel's", () => {
  const file = disk([{ label: 'KEEL-STATE', format: 'ext4', mib: 64, type: NAMES.stateType.name }])
  const wanted = machine(`
  disks: [{match: {serial: d}, wipe: true, partitions: [{label: KEEL-STATE, size: 64MiB}]}]`)
  const actionsOnDisk = () => {
    const { actions, refusal } = plan(wanted, observe(file))
    expect(refusal).toBeUndefined()
    return actions?.filter(({ action }) => /table|partition|filesystem/.test(action))
  }
  expect(actionsOnDisk()).toEqual([])
  // Only of a file must it be forced to take a partition table.
  execFileSync('wipefs', ['--all', '--force', '--quiet', file])
  expect(actionsOnDisk()?.[0]).toMatchObject({ action: 'write-table', wipe: true })
  execFileSync('sgdisk', ['--zap-all', file], { stdio: 'ignore' })
  expect(actionsOnDisk()?.[0]).toMatchObject({ action: 'write-table', wipe: false })
})

test('the disk that the machine was started from is not erased, and that is the reason given', () => {
  const seen = observe(disk([{ label: 'home', format: 'ext4', mib: 64 }]))
  const disks = seen.disks.map(found => ({ ...found, boot: true }))
  const { refusal } = plan(config([{ label: 'vmail-dir', wipe: true }]), { ...seen, disks })
  expect(refusal).toMatchObject({ code: 'disk-foreign', pointer: at('selector') })
})

test('two disks with one serial number, and two with the partition that the machine was started from, are ambiguous', () => {
  const seen = observe(disk([]), disk([]))
  const twice = plan(config([{ label: 'vmail-dir' }]), seen).refusal
  expect(twice).toMatchObject({ code: 'disk-ambiguous', pointer: at('selector') })
  const booted = { ...seen, disks: seen.disks.map(found => ({ ...found, boot: true })) }
  const both = plan(config([{ label: 'vmail-dir' }], '{bootDisk: true}'), booted).refusal
  expect(both).toMatchObject({ code: 'disk-ambiguous', pointer: at('selector') })
  expect(both?.detail.match(/\.raw/g)).toHaveLength(2)
})

test('a disk that two selectors match, and one that cannot be written, are refused', () => {
  const seen = observe(disk([]))
  const two = machine(`
  disks:
    - {match: {serial: d}, partitions: [{label: one, size: 16MiB}]}
    - {match: {maxSize: 1GiB}, partitions: [{label: two, size: 16MiB}]}`)
  expect(plan(two, seen).refusal).toMatchObject({
    code: 'disk-claimed-twice',
    pointer: '/storage/disks/1/selector',
  })
  const disks = seen.disks.map(found => ({ ...found, readOnly: true }))
  const written = plan(config([{ label: 'vmail-dir' }]), { ...seen, disks })
  expect(written.refusal).toMatchObject({ code: 'disk-read-only', pointer: '/storage/disks/0' })
})

test.each(['wwn-0x5000c500a1b2c3d4', '5000C500A1B2C3D4', '0x5000c500a1b2c3d4', 'naa.5000c500a1b2c3d4'])(
  'a disk is found by its identifier written as %s',
  wwid => {
    const seen = observe(disk([]))
    const disks = seen.disks.map(found => ({ ...found, identity: { wwid: 'naa.5000c500a1b2c3d4' } }))
    // By hand: keelctl writes one form of them.
    const byHand = config([{ label: 'vmail-dir' }]).replace(/"serial": ?"d"/, `"wwid":"${wwid}"`)
    expect(plan(byHand, { ...seen, disks }).actions?.[0]).toMatchObject({ action: 'write-table' })
  },
)

test('a missing disk names the controllers that the image has no driver for', () => {
  const withoutDriver = [
    { kind: 'USB controller', address: '0000:00:04.0', modalias: 'pci:v00001B36d0000000Dsv0sd0bc0Csc03i30' },
  ]
  const { refusal } = plan(config([{ label: 'vmail-dir' }]), {
    ...observe(),
    v: 1,
    disks: [],
    withoutDriver,
  } as never)
  expect(refusal?.code).toBe('disk-not-found')
  expect(refusal?.detail).toMatch(/1b36:000d.*pci:v00001B36d0000000D/)
})
