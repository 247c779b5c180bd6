/** What firmware reads, checked by tools that share no code with Keel. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { box } from '../../images/layout/box.ts'
import { type FatFile, fat } from '../../images/layout/fat.ts'
import { bootDisk, ESP_START } from '../../images/layout/gpt.ts'
import { qcow2 } from '../../images/layout/qcow2.ts'
import { uki } from '../../images/layout/uki.ts'
import { nodeEnvironment } from '../../images/node-environment.ts'
import { outFact } from '../../images/out-file.ts'
import { tempDir } from '../temp-dir.ts'

const MIB = 1024 * 1024
const { fs } = nodeEnvironment({}, () => {}, false)

const FILES: FatFile[] = [
  { path: 'EFI/BOOT/BOOTX64.EFI', bytes: Buffer.alloc(150_001, 'loader') },
  { path: 'EFI/Linux/keel-0.1.0.efi', bytes: Buffer.alloc(1_000_000, 'kernel') },
  { path: 'loader/loader.conf', bytes: Buffer.from('timeout 0\n') },
  { path: 'meta-data', bytes: Buffer.alloc(0) },
  { path: 'user-data', bytes: Buffer.from('{}') },
  ...Array.from({ length: 90 }, (_, i) => ({
    path: `many/a name that is not a short one ${i}.text`,
    bytes: Buffer.from(`${i}`),
  })),
]

/** fsck's own words if it finds anything; it is never silent when all is well. */
const fsck = (file: string): string => execFileSync('fsck.vfat', ['-n', file], { encoding: 'utf8' })

test.each([
  [3, 'FAT16'],
  [32, 'FAT16'],
  [36, 'FAT32'],
  [511, 'FAT32'],
  [512, 'FAT32'],
])('a FAT of %i MiB is a clean %s whose files are read back', (mib, kind) => {
  const file = join(tempDir(), 'fat')
  fs.writeSparse(file, mib * MIB, fat(FILES, { sizeBytes: mib * MIB, label: 'CIDATA', id: 0x1234abcd }))
  expect(fsck(file)).toMatch(/: \d+ files, \d+\/\d+ clusters\n$/)
  expect(readFileSync(file).subarray(0, 100).toString('latin1')).toContain(kind)
  expect(execFileSync('mlabel', ['-s', '-i', file, '::'], { encoding: 'utf8' })).toContain('CIDATA')
  const dir = tempDir()
  execFileSync('mcopy', ['-s', '-n', '-i', file, '::*', dir])
  for (const { path, bytes } of FILES) {
    expect(readFileSync(join(dir, path)).equals(Buffer.from(bytes)), path).toBe(true)
  }
})

test('files that do not fit are refused, and so is a size between the two kinds of FAT', () => {
  const big = [{ path: 'A', bytes: Buffer.alloc(4 * MIB) }]
  const of = (mib: number) => (): unknown => fat(big, { sizeBytes: mib * MIB, label: 'X', id: 1 })
  expect(of(4)).toThrow('the files need more than')
  expect(of(34)).toThrow('a FAT of 35651584 bytes is not supported')
})

/** A small disk of a size that no cluster size divides. */
function smallDisk() {
  const sizeBytes = 37 * MIB
  const esp = fat(FILES, { sizeBytes, label: 'KEEL-ESP', id: 7, startSector: ESP_START })
  return bootDisk(esp, sizeBytes, createHash('sha256').update('seed').digest())
}

test('a boot disk has a sound table with one ESP, and a disk GUID that init knows as its own', () => {
  const file = join(tempDir(), 'disk')
  const disk = smallDisk()
  fs.writeSparse(file, disk.sizeBytes, disk.pieces)
  expect(execFileSync('sgdisk', ['--verify', file], { encoding: 'utf8' })).toContain('No problems found')
  const { partitiontable } = JSON.parse(execFileSync('sfdisk', ['--json', file], { encoding: 'utf8' }))
  expect(partitiontable.id).toMatch(/^4B65656C-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB]/)
  expect(partitiontable.partitions).toEqual([
    expect.objectContaining({
      start: 2048,
      size: (37 * MIB) / 512,
      type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
      name: 'KEEL-ESP',
    }),
  ])
  const partition = join(tempDir(), 'partition')
  writeFileSync(partition, readFileSync(file).subarray(MIB, 38 * MIB))
  expect(fsck(partition)).toMatch(/clusters\n$/)
})

test('a disk as qcow2 is the raw disk, and its digest is that of the sparse file', () => {
  const dir = tempDir()
  const disk = smallDisk()
  fs.writeSparse(join(dir, 'raw'), disk.sizeBytes, disk.pieces)
  writeFileSync(join(dir, 'qcow2'), qcow2(disk))
  const qemuImg = (...argv: string[]): string =>
    execFileSync('qemu-img', argv, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  expect(qemuImg('check', 'qcow2')).toContain('No errors were found')
  expect(qemuImg('compare', 'raw', 'qcow2')).toContain('Images are identical')
  const digest = createHash('sha256')
    .update(readFileSync(join(dir, 'raw')))
    .digest('hex')
  expect(outFact({ name: 'raw', ...disk })).toEqual({ path: 'raw', size: disk.sizeBytes, sha256: digest })
})

test('a box is what it is and the disk as qcow2, and the same disk is the same box', () => {
  const dir = tempDir()
  const disk = smallDisk()
  writeFileSync(join(dir, 'keel.box'), box(disk))
  expect(execFileSync('tar', ['-xvf', 'keel.box'], { cwd: dir, encoding: 'utf8' })).toBe(
    'metadata.json\nbox.img\n',
  )
  // Vagrant wants the size in whole GiB, and at least the disk's.
  expect(JSON.parse(readFileSync(join(dir, 'metadata.json'), 'utf8'))).toEqual({
    provider: 'libvirt',
    format: 'qcow2',
    virtual_size: 1,
  })
  expect(readFileSync(join(dir, 'box.img')).equals(qcow2(disk))).toBe(true)
  expect(Buffer.from(box(smallDisk())).equals(readFileSync(join(dir, 'keel.box')))).toBe(true)
  const large = Buffer.from(box({ sizeBytes: 2 ** 31 + 512, pieces: [] })).toString('latin1', 0, 2048)
  expect(large).toContain('"virtual_size":3}')
})

/** The smallest program that has what a stub has: a header with room, and one section. */
function stub(headerBytes: number): Buffer {
  const bytes = Buffer.alloc(headerBytes + 512)
  bytes.write('MZ')
  bytes.writeUInt32LE(64, 0x3c)
  bytes.write('PE\0\0', 64)
  bytes.writeUInt16LE(0x8664, 68)
  bytes.writeUInt16LE(1, 70)
  bytes.writeUInt16LE(240, 84)
  bytes.writeUInt16LE(0x22, 86)
  const optional = 88
  bytes.writeUInt16LE(0x20b, optional)
  bytes.writeUInt32LE(4096, optional + 32)
  bytes.writeUInt32LE(512, optional + 36)
  bytes.writeUInt32LE(8192, optional + 56)
  bytes.writeUInt32LE(headerBytes, optional + 60)
  bytes.writeUInt32LE(16, optional + 108)
  bytes.write('.text', optional + 240)
  for (const [at, value] of [
    [8, 16],
    [12, 4096],
    [16, 512],
    [20, headerBytes],
    [36, 0x60000020],
  ] as const)
    bytes.writeUInt32LE(value, optional + 240 + at)
  return bytes
}

test('a UKI has its parts as sections behind those of the stub, the kernel last', () => {
  const file = join(tempDir(), 'uki')
  const parts = { osRelease: 'ID=keel\n', cmdline: 'a b', release: '6.1', initrd: Buffer.alloc(5000, 'i') }
  writeFileSync(file, uki({ ...parts, stub: stub(1024), kernel: Buffer.alloc(700, 'k') }))
  const listed = execFileSync('objdump', ['-h', file], { encoding: 'utf8' })
  const rows = [...listed.matchAll(/^ +\d+ (\S+) +(\S+) +(\S+)/gm)].map(row => row.slice(1))
  expect(rows).toEqual([
    ['.text', '00000010', '0000000000001000'],
    ['.osrel', '00000008', '0000000000002000'],
    ['.cmdline', '00000003', '0000000000003000'],
    ['.uname', '00000003', '0000000000004000'],
    ['.initrd', '00001388', '0000000000005000'],
    ['.linux', '000002bc', '0000000000007000'],
  ])
  const initrd = join(tempDir(), 'initrd')
  execFileSync('objcopy', ['-O', 'binary', '--only-section=.initrd', file, initrd])
  expect(readFileSync(initrd).equals(parts.initrd)).toBe(true)
})

test('a stub without room for more sections, and a file that is not a program, are refused', () => {
  const parts = { osRelease: '', cmdline: '', release: '', initrd: Buffer.of(), kernel: Buffer.of() }
  expect(() => uki({ ...parts, stub: stub(512) })).toThrow('the EFI stub has no room for 5 more sections')
  expect(() => uki({ ...parts, stub: Buffer.alloc(512) })).toThrow('the EFI stub is not a PE program')
})
