import { type DirectoryJSON, Volume } from 'memfs'
import type { Env, Fs } from '../../src/cli/env.ts'

/** A good node config. */
export const GOOD = 'apiVersion: keel/v1\nhostname: node-1\n'

/** An Env with these files below /nodes, and what was said. `<stdin>` is standard input. */
export function memoryEnv(files: DirectoryJSON, terminal: Partial<Env['isTerminal']> = {}) {
  const volume = Volume.fromJSON(files, '/nodes')
  const output = { stdout: '', stderr: '' }
  const env: Env = {
    fs: volume as unknown as Fs,
    vars: {},
    cwd: '/nodes',
    stdout: text => {
      output.stdout += text
    },
    stderr: text => {
      output.stderr += text
    },
    stdin: () => Buffer.from(files['<stdin>'] ?? ''),
    isTerminal: { stdin: false, stdout: false, stderr: false, ...terminal },
  }
  return { env, output, volume }
}
