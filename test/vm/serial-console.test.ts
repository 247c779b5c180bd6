/** What somebody at the serial console can do: nothing, unless the config says so. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { IN_RAM } from './configs.ts'
import { boot, consoleShows, powerOff, steady, tempDir } from './vm.ts'

/** A machine on whose serial console somebody types. */
async function bootWithTypist(config: string[]) {
  const consoleInput = join(tempDir(), 'typed')
  execFileSync('mkfifo', [consoleInput])
  // For reading as well, so that neither this process nor QEMU waits for the other.
  const fd = openSync(consoleInput, constants.O_RDWR)
  onTestFinished(() => closeSync(fd))
  const vm = await boot({ config, hardware: { consoleInput } })
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
