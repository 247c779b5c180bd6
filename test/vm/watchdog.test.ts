/** A hang ends in a reset by the watchdog, and the machine comes up again and says so. Needs no network. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { IN_RAM } from './configs.ts'
import { hang } from './hang.ts'
import { boot, powerOff, steady, tempDir } from './vm.ts'

const watched = (section: string) => `apiVersion: keel/v1\nwatchdog: ${section}\n`

const of = (vm: Vm, ...types: string[]): NodeEvent[] => vm.events.filter(({ type }) => types.includes(type))
const started = (vm: Vm): unknown[] =>
  of(vm, 'watchdog-started').map(({ device, identity, timeoutMs }) => ({ device, identity, timeoutMs }))

const OWN = { device: '/dev/watchdog0', identity: 'i6300ESB timer' }

test('a kernel that hangs is reset, and the next boot says by what', async () => {
  const debugSocket = join(tempDir(), 'debug')
  const vm = await boot({
    config: [IN_RAM, watched('{timeout: 10s}')],
    hardware: { hasWatchdog: true, restarts: true, debugSocket },
  })
  await steady(vm)
  expect(started(vm), vm.console()).toEqual([{ ...OWN, timeoutMs: 10_000 }])
  expect(of(vm, 'watchdog-reset')).toEqual([])
  const [{ bootId } = { bootId: '' }] = vm.events

  await hang(debugSocket)
  const isAgain = (event: NodeEvent) => event.bootId !== bootId && event.type === 'steady'
  await vm.waitFor('the node after the reset', isAgain, 120_000)
  const [reset, ...others] = of(vm, 'watchdog-reset')
  expect(reset, vm.console()).toMatchObject(OWN)
  expect(reset?.bootId).not.toBe(bootId)
  expect(others).toEqual([])
  expect(of(vm, 'shutdown-started')).toEqual([])

  // What it has armed resets nothing that is off.
  await powerOff(vm)
  expect((await vm.exited).code, vm.console()).toBe(0)
})

test('a node without the section opens none; that of the kernel serves where the machine has none', async () => {
  const without = await boot({ config: [IN_RAM], hardware: { hasWatchdog: true } })
  await steady(without)
  await powerOff(without)
  expect(of(without, 'watchdog-started', 'watchdog-reset', 'failed')).toEqual([])

  const software = await boot({ config: [IN_RAM, watched('{}')] })
  await steady(software)
  expect(started(software), software.console()).toEqual([
    { device: '/dev/watchdog0', identity: 'Software Watchdog', timeoutMs: 60_000 },
  ])
  await powerOff(software)
  expect(software.console()).not.toContain('did not stop')
})
