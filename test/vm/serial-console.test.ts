/** What somebody at the serial console can do: nothing, unless the config says so. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { NodeEvent } from '../../src/vm/vm.ts'
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
  await vm.command('send_break')
  // The kernel shows what is typed as it takes it, so by then it has taken what was typed before.
  type('b')
  type('typed-after-it')
  await consoleShows(vm, /typed-after-it/)
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
  type(`${CONTROL_CHARACTERS}\nroot\nhelp\n`)
  type('typed-after-it')
  await consoleShows(vm, /typed-after-it/)
  await powerOff(vm)
  expect(vm.events.at(-1), vm.console()).toMatchObject({ type: 'shutdown-finished', clean: true })
  // The kernel's echo, and what init and the kernel say of the shutdown: no prompt, no answer.
  const [, after = ''] = vm.console().split('root\nhelp\n')
  const others = after
    .split('\n')
    .filter(line => !/^(typed-after-it)?(keel +\d.*|\[ *\d+\.\d+\] .*)?$/.test(line))
  expect(after, vm.console()).toContain('typed-after-it')
  expect(others, vm.console()).toEqual([])
})

/** Ctrl-S, which would hold up all output until Ctrl-Q. */
const STOP = '\x13'
/** Ctrl-C, Ctrl-D, Ctrl-Z and Ctrl-Backslash. */
const CONTROL_CHARACTERS = '\x03\x04\x1a\x1c'

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
