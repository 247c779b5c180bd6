import { followFile } from '../../src/vm/follow-file.ts'

/** A program starts in far less, unless the machine is busy. */
const WAIT_MS = 60_000

/** Waits until a program has logged something; what it logged before counts too. */
export async function untilLogged(file: string, wanted: RegExp): Promise<void> {
  let logged = ''
  let stop = () => {}
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${wanted} is not logged:\n${logged}`)), WAIT_MS)
      stop = followFile(file, text => {
        logged += text
        if (wanted.test(logged)) resolve()
      })
    })
  } finally {
    clearTimeout(timer)
    stop()
  }
}
