import { onTestFinished } from 'vitest'
import { followFile } from '../../src/vm/follow-file.ts'

/** A program starts in far less, unless the machine is busy. */
const WAIT_MS = 60_000

/** Waits until a program has logged something; what it logged before counts too. */
export function untilLogged(file: string, wanted: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let logged = ''
    const timer = setTimeout(() => reject(new Error(`${wanted} is not logged:\n${logged}`)), WAIT_MS)
    const stop = followFile(file, text => {
      logged += text
      if (!wanted.test(logged)) return
      clearTimeout(timer)
      resolve()
    })
    onTestFinished(() => {
      clearTimeout(timer)
      stop()
    })
  })
}
