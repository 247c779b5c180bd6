/** Every command, in the order of `keelctl --help`. A row is loaded only when it is run. */
import type { Command } from 'commander'
import type { Env } from '../env.ts'

export interface CommandRow {
  /** One word, or two for a command of a group. */
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<{ command: (env: Env) => Command }>
}

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'image build',
    summary: 'build a bootable image from the component lock',
    load: () => import('./image-build.ts'),
  },
  {
    name: 'image lock',
    summary: 'pin the component lock to what the package mirror has now',
    load: () => import('./image-lock.ts'),
  },
  {
    name: 'vm run',
    summary: 'boot an image in a virtual machine with a config',
    load: () => import('./vm-run.ts'),
  },
]
