/** Events of a machine that somebody else started, in the file that its hypervisor writes. */
import { readFileSync } from 'node:fs'
import { followFile } from '../../src/vm/follow-file.ts'
import type { NodeEvent } from '../../src/vm/vm.ts'

const BOOT_MS = 180_000

/** The first event with these fields, also among those that came already; a fatal failure ends the wait. */
export function eventIn(file: string, wanted: Readonly<Record<string, unknown>>): Promise<NodeEvent> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const end = (settle: () => void) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      queueMicrotask(() => unfollow())
      settle()
    }
    const fail = (why: string) =>
      end(() => reject(new Error(`${JSON.stringify(wanted)}: ${why}\n${readFileSync(file, 'utf8')}`)))
    const timer = setTimeout(() => fail('never happened'), BOOT_MS)
    let rest = ''
    const unfollow = followFile(file, text => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      for (const event of lines.map(line => JSON.parse(line) as NodeEvent)) {
        if (Object.entries(wanted).every(([name, value]) => event[name] === value)) end(() => resolve(event))
        if (event.type === 'failed' && event['fatal'] === true) fail('the boot failed')
      }
    })
  })
}
