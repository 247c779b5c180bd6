/** What KEEL-STATE keeps is trusted only on the machine that wrote it, whichever source gave the config. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Vm } from '../../src/vm/vm.ts'
import { filesystemAt, makeEmpty, readFrom } from './disk.ts'
import { generationOf } from './generations.ts'
import { iso } from './media.ts'
import { durableActions } from './outline.ts'
import { boot, fatal, machineConfig, newDisk, powerOff, steady, tempDir } from './vm.ts'

const ORIGINAL = 'a1b2c3d4-1111-4222-8333-444455556666'
const COPY = 'a1b2c3d4-1111-4222-8333-444455557777'

/** One config for all machines; each gets its name from its seed. */
const NAMED_BY_ITS_SEED = `
apiVersion: keel/v1
hostname: {from: [metadata, mac]}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}]
kubernetes: {role: none}
`

const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
const kept = (disk: string, file: string) => readFrom(filesystemAt(disk, 'KEEL-STATE'), file)

/** A machine with a disk, a UUID and a seed that gives it a name and an instance id. */
function start(disk: string, uuid: string | undefined, name: string, cmdline?: string): Promise<Vm> {
  const metaData = `instance-id: i-${name}\nlocal-hostname: ${name}\n`
  const contents = { 'user-data': machineConfig([NAMED_BY_ITS_SEED]), 'meta-data': metaData }
  const media = [{ file: iso(tempDir(), 'cidata', contents), as: 'ide-cd' as const }]
  return boot({ disk, ...(cmdline && { cmdline }), hardware: { media, ...(uuid && { uuid }) } })
}

async function setUp(uuid: string | undefined): Promise<string> {
  const disk = newDisk(128)
  const vm = await start(disk, uuid, 'w1')
  await steady(vm)
  await powerOff(vm)
  expect(kept(disk, '/identity/hostname')).toBe('w1\n')
  return disk
}

function copyOf(disk: string): string {
  const copy = join(tempDir(), 'copy.img')
  copyFileSync(disk, copy)
  return copy
}

async function expectRefused(disk: string, uuid: string | undefined, ...named: string[]): Promise<void> {
  const before = digest(disk)
  const vm = await start(disk, uuid, 'w2')
  const { error } = (await fatal(vm)) as unknown as { error: { code: string; detail: string } }
  expect(error.code, vm.console()).toBe('state-foreign')
  for (const word of named) expect(error.detail).toContain(word)
  vm.kill()
  await vm.exited
  expect(digest(disk)).toBe(before)
}

test('a copied disk in a second machine with a seed of its own is refused, and nothing on it is changed', async () => {
  const copy = copyOf(await setUp(ORIGINAL))
  await expectRefused(copy, COPY, ORIGINAL, COPY)
})

test('a copy whose KEEL-STATE was emptied becomes a machine of its own, and one without its table is set up from scratch', async () => {
  const copy = copyOf(await setUp(ORIGINAL))
  makeEmpty(copy, 'KEEL-STATE')
  const vm = await start(copy, COPY, 'w2')
  await steady(vm)
  await powerOff(vm)
  expect(kept(copy, '/identity/hostname')).toBe('w2\n')
  expect(generationOf(copy, 'current')?.header).toMatchObject({ smbiosUuid: COPY })

  execFileSync('sgdisk', ['--zap-all', copy], { stdio: 'ignore' })
  const again = await start(copy, ORIGINAL, 'w3')
  await steady(again)
  expect(durableActions(again.events)[0], again.console()).toBe('write-table /dev/vda')
  await powerOff(again)
  expect(kept(copy, '/identity/hostname')).toBe('w3\n')
})

test('the same disk with a new mainboard is accepted once by the word on the command line, and then for good', async () => {
  const disk = await setUp(ORIGINAL)
  const wrong = await start(disk, COPY, 'w1', `keel.state.accept=${COPY}`)
  expect((await fatal(wrong)).error, wrong.console()).toMatchObject({ code: 'state-foreign' })
  wrong.kill()
  await wrong.exited

  const accepted = await start(disk, COPY, 'w1', `keel.state.accept=${ORIGINAL}`)
  await steady(accepted)
  await powerOff(accepted)
  expect(generationOf(disk, 'current')?.header).toMatchObject({ smbiosUuid: COPY })

  const next = await start(disk, COPY, 'w1')
  await steady(next)
  await powerOff(next)
  expect(kept(disk, '/identity/hostname')).toBe('w1\n')
})

test('between machines without a UUID the instance ids decide', async () => {
  const disk = await setUp(undefined)
  const same = await start(disk, undefined, 'w1')
  await steady(same)
  await powerOff(same)
  await expectRefused(copyOf(disk), undefined, 'i-w1', 'i-w2')
})
