/** The power button in each wait of a boot: the machine stops in order, at once, and the next boot goes on. */
import { expect, test } from 'vitest'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { IN_RAM, NETWORK, ON_DISK, STANDALONE } from './configs.ts'
import { filesystemAt, filesystemProblems, filesystemState, leaveJournal } from './disk.ts'
import { outline } from './outline.ts'
import { type BootOptions, boot, newDisk, powerOff, steady } from './vm.ts'

/** Nobody listens there: each attempt is refused, and tried again forever. */
const NOBODY = '10.0.2.2:9'

const JOINING = `
apiVersion: keel/v1
hostname: joining
network: {links: [{name: eth0, addresses: [10.0.2.15/24], routes: [{gateway: 10.0.2.2}]}]}
kubernetes:
  role: worker
  join: {endpoint: '${NOBODY}', token: abcdef.0123456789abcdef, caCertHashes: ['sha256:${'0'.repeat(64)}']}
`

const END = ['shutdown power-button power-off', 'shutdown clean power-off']
/** Far less than any of the waits, with room for a busy host. */
const AT_ONCE_MS = 8_000

const starts = (stage: string) => (event: NodeEvent) =>
  event.type === 'stage-started' && event.stage === stage
const fails = (code: string) => (event: NodeEvent) =>
  event.type === 'failed' && (event.error as { code: string }).code === code
const isFatal = (event: NodeEvent) => event.type === 'failed' && event.fatal === true

test.each<[string, BootOptions, (event: NodeEvent) => boolean]>([
  [
    'a server that does not answer',
    { cmdline: `keel.config.url=http://${NOBODY}/machine.json` },
    fails('source-unreachable'),
  ],
  [
    'a named medium that does not come',
    { cmdline: 'keel.config.device=LABEL=NOWHERE:/machine.json' },
    fails('source-unreadable'),
  ],
  ['a disk that does not come', { config: [ON_DISK] }, starts('disks')],
  [
    'kubeadm, which asks a control plane that is not there',
    { config: [JOINING], memoryMib: 2048 },
    event => event.type === 'process-configured' && event.process === 'kubeadm',
  ],
])('while the boot waits for %s', async (_, options, isWaiting) => {
  const vm = await boot(options)
  await vm.waitFor('the wait', isWaiting, 240_000)
  await powerOff(vm)
  expect((await vm.exited).code, vm.console()).toBe(0)
  expect(endOf(vm.events), vm.console()).toEqual(END)
  expect(vm.events.filter(isFatal), 'the wait was over before the button was heard').toEqual([])
  expect(shutdownMs(vm.events), vm.console()).toBeLessThan(AT_ONCE_MS)
})

test('while mke2fs works on a large disk, and the next boot makes the filesystem again', async () => {
  const disk = newDisk(2 * 1024 * 1024)
  const vm = await boot({ config: [ON_DISK], disk })
  const isSmallOneDone = (event: NodeEvent) =>
    event.type === 'action-finished' && event.action === 'finish-partition'
  await vm.waitFor('the filesystem before the large one', isSmallOneDone, 120_000)
  await powerOff(vm)
  expect(endOf(vm.events), vm.console()).toEqual(END)
  const made = vm.events.filter(
    event => event.type === 'action-finished' && event.action === 'make-filesystem',
  )
  expect(made.length, `mke2fs was not running any more\n${vm.console()}`).toBe(1)
  expect(shutdownMs(vm.events), vm.console()).toBeLessThan(AT_ONCE_MS)

  const next = await boot({ config: [ON_DISK], disk })
  await steady(next)
  await powerOff(next)
  expect(filesystemProblems(filesystemAt(disk, 'KEEL-STATE'))).toBe('')
})

/**
 * Presses the button in a stage that a slow disk holds up, slow since the stage `before`. Whatever the kernel is still about ends fast
 * once the button is heard.
 */
async function powerOffIn(stage: string, before: string, vm: Vm): Promise<void> {
  await vm.waitFor(`the stage ${before}`, starts(before), 120_000)
  await vm.command('disk_is_slow')
  await vm.waitFor(`the stage ${stage}`, starts(stage), 120_000)
  await vm.command('system_powerdown')
  await vm.waitFor('the button', event => event.type === 'shutdown-started', 60_000)
  await vm.command('disk_is_fast')
  await vm.waitFor('the end of the shutdown', event => event.type === 'shutdown-finished', 60_000)
  await vm.exited
  expect(unfinished(vm.events), vm.console()).toBe(stage)
  expect(endOf(vm.events), vm.console()).toEqual(END)
}

/** The stage that the button came into: the last that began, if it did not end. */
function unfinished(events: NodeEvent[]): unknown {
  const stages = events.filter(({ type }) => type === 'stage-started' || type === 'stage-finished')
  const last = stages.at(-1)
  return last?.type === 'stage-started' ? last.stage : undefined
}

test('while a journal is replayed, and the next boot mounts the filesystem', async () => {
  const disk = newDisk()
  const first = await boot({ config: [ON_DISK], disk })
  await steady(first)
  await powerOff(first)
  const data = filesystemAt(disk, 'KEEL-DATA')
  leaveJournal(data, 500)
  expect(filesystemState(data)).toMatch(/journal not replayed/)

  const vm = await boot({ config: [ON_DISK], disk })
  await powerOffIn('filesystems', 'disks', vm)

  const next = await boot({ config: [ON_DISK], disk })
  await steady(next)
  await powerOff(next)
  expect([filesystemState(data), filesystemProblems(data)]).toEqual(['clean', ''])
})

test("while containerd's store is copied to a slow disk, and the next boot copies it whole", async () => {
  const disk = newDisk()
  const vm = await boot({ config: [STANDALONE, NETWORK], disk, memoryMib: 2048 })
  // Its pod has the host's network: containerd is started for it first.
  await powerOffIn('network', 'system', vm)

  const next = await boot({ config: [STANDALONE, NETWORK], disk, memoryMib: 2048 })
  await steady(next)
  await powerOff(next)
})

test('when the node is steady', async () => {
  const vm = await boot({ config: [IN_RAM] })
  await steady(vm)
  await powerOff(vm)
  expect(endOf(vm.events), vm.console()).toEqual(END)
})

/** How the machine stopped, without the processes that ended meanwhile; nothing comes after it. */
function endOf(events: NodeEvent[]): string[] {
  const lines = outline(events)
  return [...lines.slice(0, -1).filter(line => line.startsWith('shutdown ')), ...lines.slice(-1)]
}

function shutdownMs(events: NodeEvent[]): number {
  const at = (type: string) => events.find(event => event.type === type)?.monoMs ?? Number.NaN
  return at('shutdown-finished') - at('shutdown-started')
}
