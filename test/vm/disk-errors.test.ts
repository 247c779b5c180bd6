/** Disks that fail, and a path that cannot be written: the boot ends with a code of its own. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { NodeEvent } from '../../src/vm/vm.ts'
import { ON_DISK } from './configs.ts'
import { emptyDisk } from './disk.ts'
import { boot, fatal, newDisk, tempDir } from './vm.ts'

const SECTOR = 512
const BLOCK = 4096
/** Where the first partition begins, and how large `ON_DISK` makes it. */
const [FIRST_START, FIRST_MIB] = [2048, 64]
/** The claim of a first table (init-stub/src/core/claim.rs). */
const CLAIM_SECTOR = 2040

const errorOf = (event: NodeEvent) => event.error as { code: string; object: string; pointer?: string }

/** A disk on which one sector cannot be written. */
function withBadSector(sector: number): string {
  const rules = join(tempDir(), 'rules')
  const rule = ['[inject-error]', 'event = "none"', 'iotype = "write"', 'errno = "5"', `sector = "${sector}"`]
  writeFileSync(rules, `${rule.join('\n')}\n`)
  return `blkdebug:${rules}:${newDisk(160)}`
}

/** A block that mke2fs writes, and init does not: that of the root directory. */
function rootDirectoryBlock(): number {
  const file = emptyDisk(join(tempDir(), 'example'), FIRST_MIB)
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-F', '-b', String(BLOCK), '-I', '256', '-m', '0', file])
  const blocks = execFileSync('debugfs', ['-R', 'blocks <2>', file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return Number(blocks.trim().split(/\s+/)[0])
}

test('a disk that refuses a write of its table ends the boot', async () => {
  const vm = await boot({ config: [ON_DISK], disk: withBadSector(CLAIM_SECTOR) })
  expect(errorOf(await fatal(vm)), vm.console()).toMatchObject({ code: 'disk-io', object: '/dev/vda' })
})

test('a disk that refuses a write of its filesystem ends the boot with the words of the tool', async () => {
  const sector = FIRST_START + (rootDirectoryBlock() * BLOCK) / SECTOR
  const vm = await boot({ config: [ON_DISK], disk: withBadSector(sector) })
  expect(errorOf(await fatal(vm)), vm.console()).toMatchObject({
    code: 'filesystem-tool-failed',
    object: '/dev/vda1',
  })
})

const READ_ONLY = `
apiVersion: keel/v1
hostname: read-only
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: fixed, size: 64MiB}]
  filesystems:
    - {partition: fixed, mountPath: /var/fixed, mountOptions: [ro]}
  files:
    - {path: /var/fixed/motd, contents: {inline: "x"}}
kubernetes: {role: none}
`

test('a file below a filesystem that is mounted read-only cannot be written', async () => {
  const vm = await boot({ config: [READ_ONLY], disk: newDisk(160) })
  expect(errorOf(await fatal(vm)), vm.console()).toMatchObject({ code: 'path-unwritable' })
})

const LARGE = Buffer.alloc(9_000_000, 'x').toString('base64')
const FULL = `
apiVersion: keel/v1
hostname: full
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: small, size: 8MiB}]
  filesystems:
    - {partition: small, mountPath: /var/small}
  files:
    - {path: /var/small/large, contents: {base64: "${LARGE}"}}
kubernetes: {role: none}
`

test('a file for which its filesystem has no room ends the boot, and it is named', async () => {
  const vm = await boot({ config: [FULL], disk: newDisk(160) })
  const error = errorOf(await fatal(vm))
  expect(error, vm.console()).toMatchObject({ code: 'disk-full', object: '/var/small/large' })
})
