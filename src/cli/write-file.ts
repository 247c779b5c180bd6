/** Files that are whole or not there. */
import { resolve } from 'node:path'
import process from 'node:process'
import type { Env } from './env.ts'
import { EnvironmentError, reasonOf, UsageError } from './errors.ts'

/** Under a temporary name, synced, renamed; usually readable only by its owner, because a machine config may hold secrets. */
export function writeAtomically(file: string, text: string | Uint8Array, env: Env, mode = 0o600): void {
  if (file === '') throw new UsageError('the name of the file to write is empty')
  try {
    const stat = env.fs.statSync(resolve(env.cwd, file), { throwIfNoEntry: false })
    // A device or a pipe holds no half of a file, and must not be replaced by one.
    if (stat === undefined || stat.isFile() || stat.isDirectory())
      replace(placeOf(file, env), text, env, mode)
    else env.fs.writeFileSync(resolve(env.cwd, file), text)
  } catch (error) {
    const isMissing = (error as { code?: string }).code === 'ENOENT'
    const reason = isMissing ? 'its folder does not exist' : reasonOf(error)
    throw new EnvironmentError(`cannot write ${file}: ${reason}`)
  }
}

function replace(place: string, text: string | Uint8Array, { fs }: Env, mode: number): void {
  const half = `${place}.${process.pid}.part`
  const fd = fs.openSync(half, 'wx', mode)
  try {
    try {
      fs.writeFileSync(fd, text)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    fs.renameSync(half, place)
  } catch (error) {
    fs.rmSync(half)
    throw error
  }
}

type Output = string | undefined

/** What a command writes is neither what it reads nor written twice. */
export function refuseOverwriting(inputs: readonly string[], outputs: readonly Output[], env: Env): void {
  const files = outputs.flatMap(file => (file === undefined || file === '-' ? [] : [file]))
  if (files.length === 0) return
  const places = files.map(file => placeOf(file, env))
  const read = new Set(inputs.map(file => placeOf(file, env)))
  const input = files.find((_, i) => read.has(places[i] ?? ''))
  if (input !== undefined) throw new UsageError(`${input} would overwrite an input`)
  const twice = files.find((_, i) => places.indexOf(places[i] ?? '') < i)
  if (twice !== undefined) throw new UsageError(`${twice} would be written twice`)
}

/** Behind all links, so that a link stays one and a file is known by every name. */
function placeOf(file: string, { fs, cwd }: Env): string {
  const place = resolve(cwd, file)
  try {
    return fs.realpathSync(place)
  } catch {
    return place
  }
}
