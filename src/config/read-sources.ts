/** Node configs from files or standard input, and the files that they name. */
import { dirname, join, relative, resolve } from 'node:path'
import type { ReadLocal, Source } from '../../transpiler/index.ts'
import type { Env } from '../cli/env.ts'
import { EnvironmentError, reasonOf, UsageError } from '../cli/errors.ts'

/** What diagnostics call standard input. */
export const STDIN = '<stdin>'

/** Each file once; `-`, or nothing at all with a pipe, is standard input. */
export function readSources(files: readonly string[], env: Env): Source[] {
  if (files.length === 0 && env.isTerminal.stdin)
    throw new UsageError('name a node config, or - for standard input')
  const named = files.length === 0 ? ['-'] : files
  const twice = named.find((file, i) => named.indexOf(file) < i)
  if (twice !== undefined) throw new UsageError(`${twice} is named twice`)
  return named.map(file =>
    file === '-' ? { name: STDIN, text: env.stdin() } : { name: file, text: readBytes(file, env) },
  )
}

export function readBytes(file: string, { fs, cwd }: Env): Uint8Array {
  if (file === '') throw new UsageError('the name of a file to read is empty')
  try {
    return fs.readFileSync(resolve(cwd, file))
  } catch (error) {
    throw new EnvironmentError(`cannot read ${file}: ${reasonOf(error)}`)
  }
}

/** Reads below the folder of the naming source, or below `below`; links do not lead out of it. */
export function readLocalWith({ fs, cwd }: Env, below?: string): ReadLocal {
  return (path, source) => {
    const sourceFolder = source === STDIN ? cwd : dirname(resolve(cwd, source))
    const folder = below === undefined ? sourceFolder : resolve(cwd, below)
    try {
      const file = fs.realpathSync(join(folder, path))
      if (/^\.\.(\/|$)/.test(relative(fs.realpathSync(folder), file)))
        return { problem: 'it is a link out of the folder' }
      return fs.readFileSync(file)
    } catch (error) {
      return { problem: reasonOf(error) }
    }
  }
}
