/** Files that are whole or not there. */
import { resolve } from 'node:path'
import process from 'node:process'
import type { Env } from './env.ts'
import { reasonOf, WorldFailure } from './failure.ts'

/** Beside its place, synced, renamed; readable only by its owner, because a machine config may hold secrets. */
export function writeAtomically(file: string, text: string | Uint8Array, { fs, cwd }: Env): void {
  const place = resolve(cwd, file)
  const half = `${place}.${process.pid}.part`
  try {
    const fd = fs.openSync(half, 'wx', 0o600)
    try {
      fs.writeFileSync(fd, text)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    fs.renameSync(half, place)
  } catch (error) {
    fs.rmSync(half, { force: true })
    throw new WorldFailure(`cannot write ${file}: ${reasonOf(error)}`)
  }
}
