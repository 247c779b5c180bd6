/** Images in the slots of a boot disk: one on trial is good once the node is steady, and one that does not come up gives way to the former. */
import { copyFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { type BootDisk, bootDisk, builtAs } from './boot-disk.ts'
import { documentsOf } from './generations.ts'
import { hang } from './hang.ts'
import { consoleShows, fatal, machineConfig, powerOff, steady, tempDir } from './vm.ts'

const NODE = `
apiVersion: keel/v1
hostname: slots
storage:
  disks:
    - match: {bootDisk: true}
      partitions: [{label: KEEL-STATE, size: 64MiB}]
kubernetes: {role: none}
`
const CONFIG = machineConfig([NODE])
/** It stays on trial, with a watchdog that its own config has set. */
const NEVER_HEALTHY = machineConfig([
  NODE,
  'apiVersion: keel/v1\nwatchdog: {timeout: 10s}\nhealth: {timeout: 1h, probes: [{tcp: "127.0.0.1:9"}]}\n',
])
/** No keel-init takes this for a machine config. */
const REFUSED = '{"apiVersion":"keel/v1","kind":"MachineConfig","hostname":7}'
/** The kernel finds no program to start, and panics. */
const PANICS = 'rdinit=/nothing panic=1'

const [A, B] = ['1.0.0', '2.0.0']
let disk = ''
let next = ''
let panicking = ''

beforeAll(async () => {
  disk = await builtAs('disk', 'first', A)
  next = await builtAs('uki', 'next', B)
  panicking = await builtAs('uki', 'panics', B, { cmdline: PANICS })
})

/** What it says about its image. */
const started = ({ events }: Vm) => {
  const {
    v: _v,
    seq: _seq,
    bootId: _bootId,
    monoMs: _monoMs,
    type: _type,
    ...facts
  } = events.find(({ type }) => type === 'image-started') ?? ({} as Partial<NodeEvent>)
  return facts
}
const good = ({ events }: Vm) => events.find(({ type }) => type === 'image-good')?.entry
const rollback = ({ events }: Vm) => events.find(({ type }) => type === 'update-rolled-back')

/** A boot that is steady, to its end; the worker that looks at the slots reports a moment later. */
async function live(
  machine: BootDisk,
  reports?: 'image-good' | 'update-rolled-back',
  bytes?: string,
): Promise<Vm> {
  const vm = await machine.start(bytes === undefined ? {} : { config: { bytes } })
  await steady(vm)
  if (reports !== undefined) await vm.waitFor(reports, ({ type }) => type === reports, 30_000)
  await powerOff(vm)
  return vm
}

/** A machine that was steady with A once, from whose KEEL-STATE it serves itself from then on. */
async function installed(): Promise<BootDisk> {
  const machine = bootDisk(disk)
  const vm = await live(machine, undefined, CONFIG)
  expect(started(vm), vm.console()).toEqual({ version: A, entry: `keel-1-${A}.efi`, state: 'good' })
  expect(rollback(vm)).toBeUndefined()
  return machine
}

test('an image on trial is good once it was steady; so is an older one after it', async () => {
  const machine = await installed()
  machine.put(next, `keel-2-${B}+3.efi`)
  const vm = await live(machine, 'image-good')
  expect(started(vm), vm.console()).toEqual({
    version: B,
    entry: `keel-2-${B}.efi`,
    state: 'trial',
    boots: 1,
  })
  expect(good(vm)).toBe(`keel-2-${B}.efi`)
  expect(machine.names()).toEqual([`keel-1-${A}.efi`, `keel-2-${B}.efi`])
  const again = await live(machine)
  expect(started(again)).toMatchObject({ version: B, state: 'good' })
  expect(good(again)).toBeUndefined()

  const former = await builtAs('uki', 'former', A)
  machine.put(former, `keel-3-${A}+3.efi`)
  const downgrade = await live(machine, 'image-good')
  expect(started(downgrade), downgrade.console()).toMatchObject({ version: A, state: 'trial' })
  expect(machine.names()).toContain(`keel-3-${A}.efi`)
})

test('an image that does not come up gives way to the former one, which says why; a second update is good', async () => {
  const machine = await installed()

  machine.put(next, `keel-2-${B}+2-1.efi`)
  for (const boots of [1, 2]) {
    const vm = await machine.start({ config: { bytes: REFUSED } })
    expect(await fatal(vm), vm.console()).toMatchObject({
      error: { code: 'config-refused' },
      retryInMs: 10_000,
    })
    await vm.exited
    expect(started(vm)).toMatchObject({ version: B, state: 'trial', boots })
  }
  const refused = await machine.start()
  await consoleShows(
    refused,
    /KEEL: image 2\.0\.0 did not come up; this is 1\.0\.0 again: .*verify: config-refused/,
  )
  await powerOff(refused)
  const why = { cause: 'failed', stage: 'verify', code: 'config-refused' }
  expect(rollback(refused), refused.console()).toMatchObject({ from: B, to: A, ...why })
  expect(documentsOf(machine.disk).current).toBe(CONFIG)
  expect(machine.names()).toEqual([`keel-1-${A}.efi`, `keel-2-${B}.failed`])

  machine.put(panicking, `keel-3-${B}+2-1.efi`)
  for (const _ of [1, 2]) await (await machine.start()).exited
  const panicked = await live(machine, 'update-rolled-back')
  expect(rollback(panicked), panicked.console()).toMatchObject({ from: B, to: A, cause: 'never-started' })

  machine.put(next, `keel-4-${B}+1-2.efi`)
  const debugSocket = join(tempDir(), 'debug')
  const hanging = await machine.start({
    config: { bytes: NEVER_HEALTHY },
    hardware: { hasWatchdog: true, debugSocket },
  })
  await steady(hanging)
  await hang(debugSocket)
  await hanging.exited
  expect(started(hanging)).toMatchObject({ version: B, state: 'trial' })
  const reset = await live(machine, 'update-rolled-back')
  expect(rollback(reset), reset.console()).toMatchObject({ from: B, to: A, cause: 'no-answer' })
  expect(documentsOf(machine.disk)).toMatchObject({ current: CONFIG, staged: NEVER_HEALTHY })

  // The firmware's shell resets the machine.
  const cut = join(tempDir(), 'cut.efi')
  copyFileSync(next, cut)
  truncateSync(cut, 8 << 20)
  machine.put(cut, `keel-5-${B}+3.efi`)
  for (const _ of [1, 2, 3]) await (await machine.start()).exited
  const unloaded = await live(machine, 'update-rolled-back')
  expect(rollback(unloaded), unloaded.console()).toMatchObject({ from: B, to: A, cause: 'never-started' })

  machine.put(next, `keel-6-${B}+3.efi`)
  const second = await live(machine, 'image-good')
  expect(started(second), second.console()).toMatchObject({ version: B, state: 'trial' })
  expect(rollback(second)).toBeUndefined()
})
