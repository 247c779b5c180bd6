import type { Environment, Files, RunResult } from '../../images/environment.ts'

export interface Recorded {
  readonly environment: Environment
  readonly files: Map<string, string>
  readonly ran: string[]
  readonly warnings: string[]
}

/** An environment in memory. `answer` plays the programs: it may look at the files and returns stdout, or undefined for exit 1. */
export function recordingEnvironment(
  answer: (argv: string, files: Map<string, string>) => string | undefined,
): Recorded {
  const files = new Map<string, string>()
  const ran: string[] = []
  const warnings: string[] = []
  const used = new Map<string, number>()
  const below = (path: string): string[] => [...files.keys()].filter(name => name.startsWith(`${path}/`))
  const fs: Files = {
    read: path => Buffer.from(files.get(path) ?? ''),
    list: path => [...new Set(below(path).map(name => name.slice(path.length + 1).split('/')[0] ?? ''))],
    isFolder: path => below(path).length > 0,
    exists: path => files.has(path) || below(path).length > 0,
    write: (path, bytes) => files.set(path, Buffer.from(bytes).toString()),
    writeSparse: (path, sizeBytes, pieces) => files.set(path, `${sizeBytes} bytes, ${pieces.length} pieces`),
    mkdir: path => files.set(`${path}/.`, ''),
    link: (target, path) => files.set(path, `-> ${target}`),
    rename: (from, to) => {
      for (const name of [from, ...below(from)]) {
        const content = files.get(name)
        files.delete(name)
        if (content !== undefined) files.set(to + name.slice(from.length), content)
      }
    },
    touch: path => {
      used.set(path, used.size + 1)
    },
    usedAt: path => used.get(path) ?? 0,
    remove: path => {
      for (const name of [path, ...below(path)]) files.delete(name)
    },
  }
  const run = async (argv: readonly string[]): Promise<RunResult> => {
    ran.push(argv.join(' '))
    const stdout = answer(argv.join(' '), files)
    return { code: stdout === undefined ? 1 : 0, stdout: stdout ?? '', output: stdout ?? 'it failed' }
  }
  const progress: Environment['progress'] = { step: (_, work) => work(), warn: text => warnings.push(text) }
  return { environment: { vars: {}, fs, run, progress, privateApt: () => ({}) }, files, ran, warnings }
}
