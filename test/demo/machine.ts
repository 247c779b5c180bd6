/** What every demo does with its machine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventText } from '../../src/vm/event-text.ts'
import { type NodeEvent, type Vm, VmError } from '../../src/vm/vm.ts'

const STEADY_MS = 180_000
const OFF_MS = 90_000

/** Runs a demo in a folder of its own, which stays when the demo fails. */
export async function inFolder(demo: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'keel-demo-'))
  try {
    await demo(dir)
    rmSync(dir, { recursive: true })
  } catch (error) {
    const problem = error as Error
    if (error instanceof VmError) problem.message = error.reason
    problem.message += `\nThe console of each boot and its events are in ${dir}`
    throw problem
  }
}

/** Waits until everything that the config asks for runs; what goes wrong on the way is shown at once. */
export async function untilSteady(vm: Vm): Promise<void> {
  vm.each(event => {
    const text = eventText(event)
    if (text && (event.type === 'failed' || event.type === 'process-exited'))
      process.stderr.write(`  ${text}\n`)
  })
  const isOver = (event: NodeEvent) =>
    event.type === 'steady' || (event.type === 'failed' && event.fatal === true)
  const end = await vm.waitFor('the node to be steady', isOver, STEADY_MS)
  if (end.type !== 'steady') throw new VmError(eventText(end) ?? 'the boot failed', vm)
}

/** Presses the power button and waits for an orderly end. */
export async function powerOff(vm: Vm): Promise<void> {
  await vm.command('system_powerdown')
  const end = await vm.waitFor('the end of the shutdown', event => event.type === 'shutdown-finished', OFF_MS)
  if (end.clean !== true) throw new VmError('not every filesystem could be unmounted', vm)
  await vm.exited
}
