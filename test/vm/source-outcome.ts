import type { NodeEvent, Vm } from '../../src/vm/vm.ts'

/** What a boot reports about its sources: which has what, what failed on the way, and how it came out. */
export type Outcome = {
  /** Every source that has anything: `fw-cfg config`. */
  answers: string[]
  /** Codes of the failures that did not end the boot, each once, in order. */
  failures: string[]
  /** `verified`, or the code that ended the boot. */
  end: string
}

const WAIT_MS = 120_000

/** Waits until the machine config is verified or the boot has ended without one. */
export async function outcome(vm: Vm): Promise<Outcome> {
  await vm.waitFor('a verified config, or the end of the boot', isEnd, WAIT_MS)
  const end = vm.events.findIndex(isEnd)
  const before = vm.events.slice(0, end)
  return {
    answers: before.flatMap(event =>
      event.type === 'source-answered' && !['no-config', 'retry'].includes(String(event.answer))
        ? [`${event.source} ${event.answer}`]
        : [],
    ),
    failures: [...new Set(before.filter(({ type }) => type === 'failed').map(codeOf))],
    end: vm.events[end]?.type === 'failed' ? codeOf(vm.events[end]) : 'verified',
  }
}

function isEnd(event: NodeEvent): boolean {
  return isFatal(event) || (event.type === 'stage-finished' && event.stage === 'verify')
}

const isFatal = (event: NodeEvent): boolean => event.type === 'failed' && event.fatal === true

/** What a failed test shows: all that went wrong on the way, and the console. */
export function transcript(vm: Vm): string {
  const failures = vm.events.filter(({ type }) => type === 'failed').map(event => JSON.stringify(event))
  return [...failures, vm.console()].join('\n')
}

/** The code of a failure. */
export function codeOf(event: NodeEvent): string {
  return (event.error as { code: string }).code
}

/** The failure that ended the boot. */
export function fatalOf(vm: Vm): { code: string; object: string; detail?: string; pointer?: string } {
  return vm.events.find(isFatal)?.error as ReturnType<typeof fatalOf>
}
