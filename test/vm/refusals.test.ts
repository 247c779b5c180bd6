import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import { componentOf, KUBELET } from '../../images/lock.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { lockOf } from '../lock.ts'
import { IN_RAM, NETWORK, ON_DISK, STANDALONE } from './configs.ts'
import { emptyDisk, filesystemAt, readFrom } from './disk.ts'
import { outline } from './outline.ts'
import { withPanickingParser } from './panicking-init.ts'
import { boot, consoleShows, fatal, machineConfig, newDisk, powerOff, tempDir } from './vm.ts'

const WAIT_MS = 30_000

const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
const lastLine = (vm: Vm) =>
  outline(vm.events)
    .filter(line => line.startsWith('fatal'))
    .at(-1)

test('without a machine config the boot ends, and the console says so in a block', async () => {
  const vm = await boot({})
  await fatal(vm)
  expect(lastLine(vm), vm.console()).toMatch(/^fatal source config-missing/)
  await consoleShows(vm, /THE BOOT ENDS HERE: config-missing[\s\S]*what to do/)
})

test('an unknown key in the machine config is refused before anything is written', async () => {
  const disk = newDisk()
  const before = digest(disk)
  const config = { bytes: machineConfig([ON_DISK]).replace('"hostname"', '"hostnmae":"x","hostname"') }
  const vm = await boot({ config, disk })
  await fatal(vm)
  expect(lastLine(vm), vm.console()).toBe('fatal verify config-refused /hostnmae')
  vm.kill()
  await vm.exited
  expect(digest(disk)).toBe(before)
})

test('a config for another version of Kubernetes than the image has is refused before anything is written', async () => {
  const disk = newDisk()
  const before = digest(disk)
  const other = 'apiVersion: keel/v1\nkubernetes: {version: "1.36"}\n'
  const vm = await boot({ config: [STANDALONE, other], disk })
  const { error } = await fatal(vm)
  expect(lastLine(vm), vm.console()).toBe('fatal verify kubernetes-version-mismatch /kubernetes/version')
  const { version } = componentOf(lockOf('components'), KUBELET)
  expect((error as { detail: string }).detail).toMatch(
    new RegExp(`1\\.36.*${version.replaceAll('.', '\\.')}`),
  )
  vm.kill()
  await vm.exited
  expect(digest(disk)).toBe(before)
})

test('a disk with a filesystem that Keel did not make is refused and left as it is', async () => {
  const disk = newDisk(64)
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-F', disk])
  await expectForeign(disk)
})

test('a disk with somebody else’s partitions is refused and left as it is', async () => {
  const disk = emptyDisk(`${tempDir()}/disk.img`, 128)
  execFileSync('sgdisk', ['--new=1:2048:+32M', '--change-name=1:THEIRS', disk], { stdio: 'ignore' })
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-E', 'offset=1048576', disk, '32M'])
  await expectForeign(disk)
})

test('what loaded itself for a boot that fails then is ended, and got no further', async () => {
  const disk = newDisk(64)
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-F', disk])
  const vm = await boot({ config: [STANDALONE], disk })
  await fatal(vm)
  await vm.waitFor('the end of containerd', ({ type }) => type === 'process-exited', WAIT_MS)
  const processes = vm.events.filter(({ process }) => process !== undefined)
  expect(processes, vm.console()).toMatchObject([
    { type: 'process-started', process: 'containerd' },
    { type: 'process-exited', process: 'containerd', wanted: true },
  ])
  await powerOff(vm)
  expect(outline(vm.events).at(-1), vm.console()).toBe('shutdown clean power-off')
})

test('an image archive that is not there ends the boot before containerd may go on, and KEEL-STATE keeps the failure', async () => {
  const disk = newDisk()
  const more = 'apiVersion: keel/v1\nkubernetes: {images: [/var/none.tar]}\n'
  const vm = await boot({ config: [STANDALONE, NETWORK, more], disk, memoryMib: 1536 })
  const { error } = await fatal(vm)
  expect(lastLine(vm), vm.console()).toBe('fatal runtime image-archive-missing /kubernetes/images/1')
  expect(outline(vm.events).filter(line => /containerd (configured|ready)/.test(line))).toEqual([])
  await powerOff(vm)
  const kept = JSON.parse(readFrom(filesystemAt(disk, 'KEEL-STATE'), '/last-failure.json'))
  expect(kept).toEqual(error)
})

async function expectForeign(disk: string): Promise<void> {
  const before = digest(disk)
  const vm = await boot({ config: [ON_DISK], disk })
  await fatal(vm)
  expect(lastLine(vm), vm.console()).toMatch(/^fatal disks disk-foreign/)
  vm.kill()
  await vm.exited
  expect(digest(disk)).toBe(before)
}

test('a config that makes the parsing child run out of memory is an ordinary failure', async () => {
  // Two bytes each and at most 16 MiB in all; in memory each costs ten times that, and the child may have 192 MiB.
  const bytes = `{"apiVersion":"keel/v1","kind":"MachineConfig","hostname":[${'0,'.repeat(8_300_000)}0]}`
  const vm = await boot({ config: { bytes }, memoryMib: 1536 })
  await fatal(vm)
  expect(lastLine(vm), vm.console()).toMatch(/^fatal (source|verify) parser-crashed/)
})

test('a panic of the parsing child is an ordinary failure, and PID 1 goes on', async () => {
  const { slim } = inject('image')
  const vm = await boot({ config: [IN_RAM], image: withPanickingParser(slim, tempDir()) })
  const failure = await fatal(vm)
  expect(lastLine(vm), vm.console()).toBe('fatal verify parser-crashed machine config')
  expect((failure.error as { detail?: string }).detail, vm.console()).toMatch(/ended with signal 6$/)
  await consoleShows(vm, /THE BOOT ENDS HERE: parser-crashed[\s\S]*what to do/)
  await powerOff(vm)
  expect(outline(vm.events).at(-1), vm.console()).toBe('shutdown clean power-off')
})

test('two sources that disagree are refused, both named', async () => {
  const inline = inlineConfig(machineConfig([IN_RAM]).replace('in-ram', 'other'))
  const vm = await boot({ config: [IN_RAM], cmdline: inline })
  await fatal(vm)
  expect(outline(vm.events), vm.console()).toContain('source cmdline-inline config')
  expect(outline(vm.events), vm.console()).toContain('source fw-cfg config')
  expect(lastLine(vm), vm.console()).toMatch(/^fatal source sources-disagree/)
  expect(lastLine(vm)).toMatch(/keel\.config\.inline.*fw_cfg/)
})

/** The kernel command line as a source: base64 of gzip. */
function inlineConfig(machine: string): string {
  const compressed = execFileSync('gzip', ['-9n'], { input: machine })
  return `keel.config.inline=${compressed.toString('base64')}`
}
