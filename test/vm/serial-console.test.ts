/** What somebody at the serial console can do: nothing, unless the config says so. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { IN_RAM, MANY_FILES, ON_DISK } from './configs.ts'
import { boot, consoleShows, newDisk, powerOff, steady, tempDir } from './vm.ts'

/** A machine on whose serial console somebody types. */
async function bootWithTypist(config: string[], disk?: string) {
  const consoleInput = join(tempDir(), 'typed')
  execFileSync('mkfifo', [consoleInput])
  // For reading as well, so that neither this process nor QEMU waits for the other.
  const fd = openSync(consoleInput, constants.O_RDWR)
  onTestFinished(() => closeSync(fd))
  const vm = await boot({ config, ...(disk && { disk }), hardware: { consoleInput } })
  return { vm, type: (text: string) => writeSync(fd, text) }
}

test('a break and b on the serial console reset nothing', async () => {
  const { vm, type } = await bootWithTypist([IN_RAM])
  await steady(vm)
  await lastLine(vm)
  await vm.command('send_break')
  // The kernel shows what is typed as it takes it, so by then it has taken what was typed before.
  type('b')
  type('typed-after-it')
  await consoleShows(vm, /typed-after-it/, withoutLog)
  await powerOff(vm)
  expect(vm.events.at(-1), vm.console()).toMatchObject({ type: 'shutdown-finished', clean: true })
})

test('nobody answers what is typed, and keys that end or stop programs elsewhere do nothing', async () => {
  const disk = newDisk()
  // Many files: more lines than a terminal keeps for one that is stopped.
  const { vm, type } = await bootWithTypist([ON_DISK, MANY_FILES], disk)
  const isAdopted = (event: NodeEvent) => event.type === 'stage-finished' && event.stage === 'console'
  await vm.waitFor('the console', isAdopted, 60_000)
  type(STOP)
  await steady(vm)
  await lastLine(vm)
  type(`${CONTROL_CHARACTERS}\nroot\nhelp\n`)
  type('typed-after-it')
  await consoleShows(vm, /typed-after-it/, withoutLog)
  await powerOff(vm)
  expect(vm.events.at(-1), vm.console()).toMatchObject({ type: 'shutdown-finished', clean: true })
  // The kernel's echo is all: no prompt, no answer. What init and the kernel say may stand within it.
  const [, after] = withoutLog(vm.console()).split(CONTROL_CHARACTERS_SHOWN)
  expect(after?.trim(), vm.console()).toBe('root\nhelp\ntyped-after-it')
})

/** The event comes before the line on the console: what is typed meanwhile stands within that line. */
const lastLine = (vm: Vm) => consoleShows(vm, /steady +ok +\d+ ms\r?\n/)

/** Ctrl-S, which would hold up all output until Ctrl-Q. */
const STOP = '\x13'
/** Ctrl-C, Ctrl-D, Ctrl-Z and Ctrl-Backslash. */
const CONTROL_CHARACTERS = '\x03\x04\x1a\x1c'
/** As the kernel shows the last of them. */
const CONTROL_CHARACTERS_SHOWN = '^\\'
/** The console without the lines of init and of the kernel, which may stand in the middle of a word that is typed. */
const withoutLog = (console: string) => console.replace(/(keel +\d+\.\d{3} |\[ *\d+\.\d{6}\] ).*\n/g, '')

test('a config that allows the magic keys is applied', async () => {
  const allowed = 'apiVersion: keel/v1\nkernel: {sysctl: {kernel.sysrq: 1}}\n'
  const { vm, type } = await bootWithTypist([IN_RAM, allowed])
  await steady(vm)
  await vm.command('send_break')
  type('b')
  await vm.exited
  expect(
    vm.events.map(({ type }) => type),
    vm.console(),
  ).not.toContain('shutdown-started')
})
