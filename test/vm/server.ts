import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** A program that serves machines, by the lines that it writes. */
export type Server = { lines: string[]; waitForLine: (wanted: RegExp) => Promise<void> }

const TIMEOUT_MS = 120_000

/** It runs until the test is over; `waitForLine` waits for a line among those that came and those that come. */
export function startServer([program = '', ...argv]: string[], cwd: string): Server {
  const env = { ...process.env, PYTHONUNBUFFERED: '1' }
  const child = spawn(program, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill())
  const lines: string[] = []
  const lineAdded = new EventEmitter()
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', line => {
      lines.push(line)
      lineAdded.emit('line')
    })
  const waitForLine = async (wanted: RegExp) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    while (!lines.some(line => wanted.test(line)))
      await once(lineAdded, 'line', { signal }).catch(() => {
        throw new Error(`${wanted} was never said:\n${lines.join('\n')}`)
      })
  }
  return { lines, waitForLine }
}
