/** The environment as commands see it: tests pass another one. */
import type nodeFs from 'node:fs'
// By name: the whole module as one value would be copied at every start.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import process from 'node:process'
import { EnvironmentError, reasonOf } from './errors.ts'

/** What keelctl uses of the file system, so that tests can replace it with memfs. */
export type Fs = Pick<
  typeof nodeFs,
  | 'readFileSync'
  | 'writeFileSync'
  | 'readSync'
  | 'writeSync'
  | 'openSync'
  | 'closeSync'
  | 'fsyncSync'
  | 'fstatSync'
  | 'statSync'
  | 'existsSync'
  | 'mkdirSync'
  | 'readdirSync'
  | 'realpathSync'
  | 'renameSync'
  | 'rmSync'
>

const FS: Fs = {
  readFileSync,
  writeFileSync,
  readSync,
  writeSync,
  openSync,
  closeSync,
  fsyncSync,
  fstatSync,
  statSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
}

/** Injected into every command; nothing else touches the process. */
export interface Env {
  readonly fs: Fs
  /** Environment variables. */
  readonly vars: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Data. */
  readonly stdout: (text: string) => void
  /** Words for people. */
  readonly stderr: (text: string) => void
  /** All of standard input. */
  readonly stdin: () => Uint8Array
  /** Whether a terminal is at the other end. */
  readonly isTerminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }
}

/** A reader that went away (`keelctl … | head`). Not an error: main.ts ends the run quietly. */
export class ReaderGone extends Error {
  readonly exitCode = 0
}

/** Writes all of it; a full pipe is waited for. Never uses process.stdout: opening that stream costs start-up time. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8')
  let done = 0
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EPIPE') throw new ReaderGone()
      if (code !== 'EAGAIN') throw new EnvironmentError(`cannot write the output: ${reasonOf(error)}`)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

function readStdin(): Uint8Array {
  try {
    return readFileSync(0)
  } catch (error) {
    throw new EnvironmentError(`cannot read standard input: ${reasonOf(error)}`)
  }
}

/** Whether a terminal is at the other end of a descriptor: a character device that is not /dev/null is good enough to start fast. */
function isCharacterDevice(fd: number): boolean {
  try {
    const stat = fstatSync(fd)
    return stat.isCharacterDevice() && stat.rdev !== statSync('/dev/null').rdev
  } catch {
    return false
  }
}

/** The real environment. */
export function realEnv(): Env {
  return {
    fs: FS,
    vars: process.env,
    cwd: process.cwd(),
    stdout: text => writeAll(1, text),
    stderr: text => writeAll(2, text),
    stdin: readStdin,
    isTerminal: { stdin: isCharacterDevice(0), stdout: isCharacterDevice(1), stderr: isCharacterDevice(2) },
  }
}
