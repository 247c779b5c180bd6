/** The processes of one cluster: started with a log each, watched, and ended by their ids. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Processes {
  /** Starts what should run until the end; its output goes to `<name>.log`. */
  start(name: string, argv: readonly string[]): ChildProcess
  /** Runs to its end and hands back what it wrote on stdout. */
  run(argv: readonly string[], timeoutMs: number): Promise<string>
  /** `work`, or an error as soon as one of the started processes ends. */
  whileRunning<T>(work: Promise<T>): Promise<T>
  /** Ids of all that run. */
  pids(): number[]
  /** Pulls the plug without waiting. Nothing that they keep is kept. */
  kill(): void
  /** Resolves when all are gone. */
  gone(): Promise<void>
  /** The last lines of every log. */
  logs(): string
}

const LOG_LINES = 20
const MAX_OUTPUT = 64 * 1024 * 1024

/** `inside` puts a command into the cluster's network; `dir` takes the logs and plays home. */
export function processesIn(dir: string, inside: (argv: readonly string[]) => string[]): Processes {
  const children = new Map<ChildProcess, Promise<void>>()
  const logs = new Map<string, string>()
  let isEnding = false
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  const env = environment(dir)

  const start = (name: string, argv: readonly string[]): ChildProcess => {
    if (isEnding) throw new Error(`${name} is not started any more`)
    const file = join(dir, `${name}.log`)
    logs.set(name, file)
    const log = openSync(file, 'a')
    const [program = '', ...rest] = inside(argv)
    const child = spawn(program, rest, {
      // A group of its own: Ctrl-C is the caller's to interpret.
      detached: true,
      env,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    child.on('error', fail)
    child.on('exit', (code, signal) => {
      if (!isEnding) fail(new Error(`${name} ended with ${signal ?? code}:\n${endOf(file)}`))
    })
    children.set(child, new Promise(resolve => child.once('close', () => resolve())))
    return child
  }

  return {
    start,
    run: async (argv, timeoutMs) => {
      const { child, output } = runToEnd(inside(argv), env, timeoutMs)
      children.set(child, new Promise(resolve => child.once('close', () => resolve())))
      return output.finally(() => children.delete(child))
    },
    whileRunning: work => Promise.race([work, failed]),
    pids: () => [...children.keys()].flatMap(({ pid }) => pid ?? []),
    kill: () => {
      isEnding = true
      for (const child of children.keys()) child.kill('SIGKILL')
    },
    gone: async () => {
      await Promise.all(children.values())
    },
    logs: () => [...logs].map(([name, file]) => `--- ${name}\n${endOf(file)}`).join('\n'),
  }
}

/** Without the caller's variables: kubectl uses a proxy from them and keeps a cache in HOME. */
const environment = (home: string): NodeJS.ProcessEnv => ({
  PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
  HOME: home,
  TMPDIR: home,
})

function runToEnd(argv: readonly string[], env: NodeJS.ProcessEnv, timeoutMs: number) {
  const [program = '', ...rest] = argv
  const options = { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT } as const
  const output = promisify(execFile)(program, rest, options)
  return {
    child: output.child,
    output: output.then(
      ({ stdout }) => stdout,
      error => {
        const how = error.killed ? `did not end within ${timeoutMs / 1000} s` : `ended with ${error.code}`
        throw new Error(`${argv.join(' ')}\n${how}:\n${error.stderr}${error.stdout}`)
      },
    ),
  }
}

const endOf = (file: string): string =>
  readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n')
