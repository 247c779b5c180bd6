/** Generations of the machine config on KEEL-STATE, and configs of a version that the image does not know. Needs no network. */
import { expect, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { documentsOf, filesOf, generationOf, intoOldLayout } from './generations.ts'
import { boot, fatal, machineConfig, newDisk, powerOff, steady } from './vm.ts'

const UUID = 'a1b2c3d4-1111-4222-8333-444455556666'

const config = (hostname: string, ...more: string[]) =>
  machineConfig([
    ...more,
    `
apiVersion: keel/v1
hostname: ${hostname}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}]
kubernetes: {role: none}
`,
  ])

const FIRST = config('first')
const SECOND = config('second')
const VERSION = (JSON.parse(FIRST) as { apiVersion: string }).apiVersion
/** Ends in the stage `system`, long after it was staged. */
const FAILING = config('failing', 'apiVersion: keel/v1\nkernel: {sysctl: {vm.no_such_value: 1}}\n')
/** What a keelctl of a later time might make. */
const NEWER = SECOND.replace(`"${VERSION}"`, '"keel/v1.99"').replace(
  '"kind"',
  '"somethingNew": {},\n  "kind"',
)

const start = (disk: string, bytes?: string): Promise<Vm> =>
  boot({ disk, ...(bytes !== undefined && { config: { bytes } }), hardware: { uuid: UUID } })

/** A whole life with one config; absent: its source is gone. */
async function live(disk: string, bytes?: string): Promise<Vm> {
  const vm = await start(disk, bytes)
  await steady(vm)
  await powerOff(vm)
  return vm
}

const of = (vm: Vm, ...types: string[]): NodeEvent[] =>
  vm.events.filter(({ type }) => type.startsWith('generation') || types.includes(type))

/** What happened to generations, in order. */
const reported = (vm: Vm): unknown[] =>
  of(vm, 'failed').map(({ type, generation, source, passedOver, error, fatal }) => {
    if (type === 'failed') return { failed: (error as { code: string }).code, fatal }
    if (type === 'generation-staged') return { staged: source }
    return type === 'generation-committed' ? 'committed' : { runs: generation, from: source, passedOver }
  })

const runs = (generation: string, from: string, ...passedOver: object[]) => ({
  runs: generation,
  from,
  passedOver,
})

test('a config is current once it was steady, the one before it is kept, and they serve when the source is gone', async () => {
  const disk = newDisk(128)
  const first = await live(disk, FIRST)
  expect(reported(first), first.console()).toEqual([
    { staged: 'fw-cfg' },
    runs('staged', 'fw-cfg'),
    'committed',
  ])
  expect(documentsOf(disk)).toEqual({ staged: undefined, current: FIRST, previous: undefined })
  expect(generationOf(disk, 'current')?.header).toMatchObject({
    source: 'fw-cfg',
    apiVersion: VERSION,
    smbiosUuid: UUID,
  })

  const changed = await live(disk, SECOND)
  expect(reported(changed), changed.console()).toEqual([
    { staged: 'fw-cfg' },
    runs('staged', 'fw-cfg'),
    'committed',
  ])
  // It was on KEEL-STATE before anything was done with it.
  const order = of(changed, 'plan-made', 'stage-started').map(({ type, stage }) => stage ?? type)
  expect(order.slice(order.indexOf('disks'))[1], changed.console()).toBe('generation-staged')
  expect(documentsOf(disk)).toEqual({ staged: undefined, current: SECOND, previous: FIRST })

  const gone = await live(disk)
  expect(reported(gone), gone.console()).toEqual([runs('current', 'state')])

  // One that was never steady does not serve.
  const failed = await start(disk, FAILING)
  expect(await fatal(failed), failed.console()).toMatchObject({ error: { code: 'sysctl-refused' } })
  failed.kill()
  await failed.exited
  const without = await live(disk)
  expect(reported(without), without.console()).toEqual([
    runs('current', 'state', { generation: 'staged', why: 'not-steady' }),
  ])
  expect(documentsOf(disk)).toEqual({ staged: FAILING, current: SECOND, previous: FIRST })

  // The source may take it back.
  const again = await live(disk, SECOND)
  expect(reported(again), again.console()).toEqual([runs('current', 'fw-cfg')])
  expect(documentsOf(disk)).toEqual({ staged: undefined, current: SECOND, previous: FIRST })
})

test('a config that is too new is kept staged, and the newest that the image knows runs', async () => {
  const disk = newDisk(128)
  await live(disk, FIRST)
  for (const isFirst of [true, false]) {
    const vm = await live(disk, NEWER)
    const tooNew = { failed: 'config-too-new', fatal: false }
    const chosen = runs('current', 'state', ...(isFirst ? [] : [{ generation: 'staged', why: 'too-new' }]))
    expect(reported(vm), vm.console()).toEqual([tooNew, chosen, ...(isFirst ? [{ staged: 'fw-cfg' }] : [])])
    expect(documentsOf(disk)).toEqual({ staged: NEWER, current: FIRST, previous: undefined })
    expect(generationOf(disk, 'staged')?.header).toMatchObject({ apiVersion: 'keel/v1.99', source: 'fw-cfg' })
  }
})

test('without one that the image knows the boot ends', async () => {
  const vm = await start(newDisk(128), NEWER)
  expect(await fatal(vm), vm.console()).toMatchObject({
    error: {
      code: 'config-too-new',
      stage: 'verify',
      pointer: '/apiVersion',
      detail: expect.stringMatching(/keel\/v1\.99/),
    },
  })
  expect(reported(vm)).toEqual([{ failed: 'config-too-new', fatal: true }])
})

test('the one config that an older keel-init has kept serves, and is taken over', async () => {
  const disk = newDisk(128)
  await live(disk, FIRST)
  intoOldLayout(disk)
  expect(filesOf(disk)).toEqual(['machine.json', 'origin.json'])

  const gone = await live(disk)
  expect(reported(gone), gone.console()).toEqual([runs('current', 'state')])
  expect(filesOf(disk)).toEqual(['current'])
  expect(generationOf(disk, 'current')).toMatchObject({ document: FIRST, header: { apiVersion: 'keel/v1' } })
})
