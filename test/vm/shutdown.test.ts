import { expect, test } from 'vitest'
import { ON_DISK } from './configs.ts'
import { filesystemAt, filesystemProblems, filesystemState, readFrom } from './disk.ts'
import { outline } from './outline.ts'
import { boot, ctrlAltDelete, fatal, newDisk, powerOff, steady } from './vm.ts'

test.each([
  ['the power button', powerOff, ['shutdown power-button power-off', 'shutdown clean power-off']],
  ['Ctrl-Alt-Del', ctrlAltDelete, ['shutdown signal reboot', 'shutdown clean reboot']],
])('%s leaves clean filesystems', async (_, end, lines) => {
  const disk = newDisk()
  const vm = await boot({ config: [ON_DISK], disk })
  await steady(vm)
  await end(vm)
  expect((await vm.exited).code, vm.console()).toBe(0)
  expect(outline(vm.events).slice(-2), vm.console()).toEqual(lines)
  for (const label of ['KEEL-STATE', 'KEEL-DATA']) {
    expect(filesystemState(filesystemAt(disk, label)), label).toBe('clean')
    expect(filesystemProblems(filesystemAt(disk, label)), label).toBe('')
  }
})

test('onFailure reboot waits its delay, then resets the machine', async () => {
  const reboot = 'apiVersion: keel/v1\nonFailure: {reboot: {delay: 2s, maxDelay: 1m}}\n'
  const vm = await boot({ config: [ON_DISK, reboot] })
  const failed = await fatal(vm)
  const end = await vm.waitFor('the shutdown', event => event.type === 'shutdown-started', 60_000)
  expect(end.then, vm.console()).toBe('reboot')
  expect(end.monoMs - failed.monoMs, vm.console()).toBeGreaterThanOrEqual(2000)
  // QEMU runs with -no-reboot: a reset ends it.
  expect((await vm.exited).code).toBe(0)
})

test('each failure is kept on KEEL-STATE, each in a row waits twice as long, and a good boot forgets them', async () => {
  const reboot = 'apiVersion: keel/v1\nonFailure: {reboot: {delay: 1s, maxDelay: 1m}}\n'
  const wrong = 'apiVersion: keel/v1\nkernel: {modules: [there_is_no_such_module]}\n'
  const disk = newDisk()
  const delayOfFailure = async () => {
    const vm = await boot({ config: [ON_DISK, reboot, wrong], disk })
    const failed = await fatal(vm)
    expect((await vm.exited).code, vm.console()).toBe(0)
    // It is read with the disk in another machine.
    const kept = JSON.parse(readFrom(filesystemAt(disk, 'KEEL-STATE'), '/last-failure.json'))
    expect(kept).toEqual(failed.error)
    return failed.retryInMs
  }
  expect([await delayOfFailure(), await delayOfFailure()]).toEqual([1000, 2000])
  const good = await boot({ config: [ON_DISK, reboot], disk })
  await steady(good)
  await powerOff(good)
  expect(await delayOfFailure()).toBe(1000)
})
