// Runs steps one after another, each with a line that says what it is and how long it took. No dependencies: it runs before npm ci.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cacheFolder } from '../images/apt.mjs'

/** A step failed. `log` names the file with its whole output. */
export class StepFailed extends Error {}

const TICK_MS = 2000
const TICKS_PER_LINE = 5

/** Runs `work`, and says on stderr that it goes on: every two seconds on a terminal, every ten elsewhere. A result may be a failure. */
export async function step(name, work, isGood = () => true) {
  const started = Date.now()
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1)} s`
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
    if (process.stderr.isTTY) process.stderr.write(`\r  ${name} … ${elapsed()} `)
    else if (ticks === 1 || ticks % TICKS_PER_LINE === 0) process.stderr.write(`  ${name} … ${elapsed()}\n`)
  }, TICK_MS)
  try {
    const result = await work()
    if (process.stderr.isTTY && ticks > 0) process.stderr.write('\r\x1b[K')
    process.stderr.write(`${isGood(result) ? '✓' : '✗'} ${name} ${elapsed()}\n`)
    return result
  } catch (error) {
    process.stderr.write(`${process.stderr.isTTY && ticks > 0 ? '\r\x1b[K' : ''}✗ ${name} ${elapsed()}\n`)
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** Runs a command with its output in a log file; resolves to what it wrote on stdout. A failure shows the log's end, or all of it. */
export function run(name, argv, { cwd, env, onLine, whole = false } = {}) {
  const dir = join(cacheFolder(process.env), 'logs')
  mkdirSync(dir, { recursive: true })
  const file = join(dir, `${name}.log`)
  const log = createWriteStream(file)
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', text => log.write(text))
      if (onLine) createInterface({ input: stream }).on('line', onLine)
    }
    child.on('error', error =>
      log.end(() => reject(new StepFailed(`${argv[0]} does not start: ${error.message}`))),
    )
    child.on('close', (code, signal) =>
      log.end(() => {
        if (code === 0) resolve(stdout)
        else
          reject(
            new StepFailed(
              `${argv.join(' ')}\nended with ${signal ?? code}. Its output (${file}) ends:\n${tail(file, whole ? Infinity : 25)}`,
            ),
          )
      }),
    )
  })
}

function tail(file, lines) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}
