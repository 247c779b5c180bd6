/** The real environment of a build. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { privateApt } from './apt.mjs'
import {
  BuildFailed,
  type Environment,
  type Files,
  type RunOptions,
  type RunResult,
  type WantedSuite,
} from './environment.ts'
import { progressOn } from './progress.ts'

const files: Files = {
  read: path => readFileSync(path),
  list: path => readdirSync(path),
  isFolder: path => statSync(path).isDirectory(),
  exists: path => existsSync(path),
  write: (path, bytes, mode) => {
    writeFileSync(path, bytes)
    if (mode !== undefined) chmodSync(path, mode)
  },
  writeSparse: (path, sizeBytes, pieces) => {
    const file = openSync(path, 'w')
    ftruncateSync(file, sizeBytes)
    for (const { offset, bytes } of pieces)
      for (let done = 0; done < bytes.length; )
        done += writeSync(file, bytes, done, bytes.length - done, offset + done)
    closeSync(file)
  },
  mkdir: (path, mode) => {
    mkdirSync(path, { recursive: true })
    // The umask of the caller must not show in an image.
    if (mode !== undefined) chmodSync(path, mode)
  },
  link: (target, path) => symlinkSync(target, path),
  rename: renameSync,
  touch: path => utimesSync(path, new Date(), new Date()),
  usedAt: path => statSync(path).mtimeMs,
  remove: path => rmSync(path, { recursive: true, force: true }),
}

function run(
  vars: Environment['vars'],
  argv: readonly string[],
  { cwd, env }: RunOptions = {},
): Promise<RunResult> {
  const [program = '', ...rest] = argv
  // Tools for file systems and modules live where an ordinary user's PATH may not look.
  const path = `${vars['PATH'] ?? ''}:/usr/sbin:/sbin`
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      cwd,
      env: { ...vars, PATH: path, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, output] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.on('error', (error: NodeJS.ErrnoException) => reject(unstartable(program, error)))
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, stdout, output: signal ? `${output}\nended by ${signal}` : output }),
    )
  })
}

const unstartable = (program: string, { code }: NodeJS.ErrnoException): BuildFailed =>
  new BuildFailed(
    `${program} cannot be started: ${code}`,
    'npm run demo installs what is missing, or says what an administrator must install',
  )

function aptIn(dir: string, wanted: readonly WantedSuite[]): Record<string, string> {
  try {
    return privateApt(dir, [...wanted])
  } catch (error) {
    throw new BuildFailed(
      error instanceof Error ? error.message : String(error),
      'packages come from the Debian mirror that this machine is configured with; on another system, build in a Debian container',
    )
  }
}

/** `write` writes to people; `isTerminal` decides between one line that changes and lines that follow each other. */
export const nodeEnvironment = (
  vars: Environment['vars'],
  write: (text: string) => void,
  isTerminal: boolean,
): Environment => ({
  vars,
  fs: files,
  run: (argv, options) => run(vars, argv, options),
  progress: progressOn(write, isTerminal),
  privateApt: (dir, wanted) => aptIn(dir, wanted),
})
