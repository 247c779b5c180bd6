import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { emptyDisk } from './disk.ts'

/** What lies on a medium, by path. */
export type Contents = Record<string, string | Buffer>

/** A CD-ROM image as the tools of clouds and hypervisors make it: Rock Ridge and Joliet names. */
export function iso(dir: string, label: string, contents: Contents): string {
  const file = join(dir, `${label}.iso`)
  const tree = treeIn(join(dir, `${label}.tree`), contents)
  const argv = ['-as', 'mkisofs', '-quiet', '-V', label, '-J', '-R', '-o', file, tree]
  execFileSync('xorriso', argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  return file
}

/** The same with no other names than the eight letters and three of ISO 9660 itself. */
export function plainIso(dir: string, label: string, contents: Contents): string {
  const file = join(dir, `${label}.iso`)
  const tree = treeIn(join(dir, `${label}.tree`), contents)
  execFileSync('genisoimage', ['-quiet', '-V', label, '-o', file, tree], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return file
}

const SECTOR = 2048

/**
 * A medium that is UDF alone, as Azure's is. genisoimage makes one that is an ISO 9660 as well, whose descriptors stand before those
 * of UDF: so theirs move to the front, and the others go.
 */
export function udf(dir: string, label: string, contents: Contents): string {
  const file = join(dir, `${label}.udf`)
  const tree = treeIn(join(dir, `${label}.tree`), contents)
  execFileSync('genisoimage', ['-quiet', '-udf', '-V', label, '-o', file, tree], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const bytes = readFileSync(file)
  const ofUdf = bytes.indexOf('BEA01') - 1
  const kept = Buffer.from(bytes.subarray(ofUdf, ofUdf + 3 * SECTOR))
  bytes.fill(0, 16 * SECTOR, ofUdf + 3 * SECTOR)
  kept.copy(bytes, 16 * SECTOR)
  writeFileSync(file, bytes)
  return file
}

const VFAT_MIB = 4

/** A FAT filesystem on a whole disk. */
export function vfat(dir: string, label: string, contents: Contents, mib = VFAT_MIB): string {
  const file = emptyDisk(join(dir, `${label}.vfat`), mib)
  execFileSync('mkfs.vfat', ['-n', label, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  fillVfat(file, treeIn(join(dir, `${label}.tree`), contents), contents)
  return file
}

/** An ext4 filesystem on a whole disk. */
export function ext4(dir: string, label: string, contents: Contents): string {
  const file = emptyDisk(join(dir, `${label}.ext4`), VFAT_MIB)
  const tree = treeIn(join(dir, `${label}.tree`), contents)
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-L', label, '-d', tree, file])
  return file
}

const PARTITION_START = 2048 * 512

/** A FAT filesystem in the first partition of a disk, as on a USB stick. */
export function vfatPartition(dir: string, label: string, contents: Contents): string {
  const file = emptyDisk(join(dir, `${label}.disk`), 2 * VFAT_MIB)
  execFileSync('sgdisk', [`--new=1:2048:+${VFAT_MIB}M`, '--typecode=1:0700', file], { stdio: 'ignore' })
  const argv = ['--offset=2048', '-n', label, file, String(VFAT_MIB * 1024)]
  execFileSync('mkfs.vfat', argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  fillVfat(`${file}@@${PARTITION_START}`, treeIn(join(dir, `${label}.tree`), contents), contents)
  return file
}

/** mcopy copies a folder with all that is in it. */
function fillVfat(image: string, tree: string, contents: Contents): void {
  const roots = new Set(Object.keys(contents).map(path => path.split('/')[0] ?? ''))
  execFileSync('mcopy', ['-s', '-i', image, ...[...roots].map(root => join(tree, root)), '::'])
}

function treeIn(tree: string, contents: Contents): string {
  for (const [path, bytes] of Object.entries(contents)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), bytes)
  }
  return tree
}
