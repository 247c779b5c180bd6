import { onTestFinished } from 'vitest'
import { followFile } from '../../src/vm/follow-file.ts'

/** A program says so in far less, unless the machine is busy. */
const WAIT_MS = 60_000

/** Waits until a log says something; what it said before counts too. */
export function untilSaid(file: string, wanted: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`${wanted} is not said:\n${said}`)), WAIT_MS)
    const stop = followFile(file, text => {
      said += text
      if (!wanted.test(said)) return
      clearTimeout(timer)
      resolve()
    })
    onTestFinished(() => {
      clearTimeout(timer)
      stop()
    })
  })
}
