import { cacheFolder, nodeEnvironment, repinLock } from '../../images/index.ts'
import { Command } from '../cli/command-line.ts'
import type { Env } from '../cli/env.ts'
import { describeBuildError } from '../image/build-error.ts'
import { findCheckout } from '../image/checkout.ts'

/** 0: the lock pins what the mirror has. 3: no checkout, or the mirror does not answer. */
export async function imageLock(env: Env): Promise<0 | 3> {
  const checkout = findCheckout(env)
  if (!checkout) {
    env.stderr(
      'keelctl: the component lock is part of the sources of Keel; run this in a checkout of its repository\n',
    )
    return 3
  }
  try {
    const environment = nodeEnvironment(env.vars, env.stderr, env.isTerminal.stderr)
    const changed = await repinLock({ checkout, cache: cacheFolder(env.vars) }, environment)
    env.stdout(
      changed.map(({ name, pinned, used }) => `${name} ${pinned} -> ${used}\n`).join('') ||
        'the lock is up to date\n',
    )
    return 0
  } catch (error) {
    env.stderr(`keelctl: ${describeBuildError(error)}\n`)
    return 3
  }
}

export const command = (env: Env): Command =>
  new Command()
    .addHelpText('before', 'Example:\n  keelctl image lock && git diff images/components.lock.json\n')
    .action(async () => {
      process.exitCode = await imageLock(env)
    })
