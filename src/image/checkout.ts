/** Where the repository is: building an image needs its sources, not only the npm package. */
import { dirname, join } from 'node:path'
import process from 'node:process'
import type { Env } from '../cli/env.ts'

const MARK = join('images', 'components.lock.json')

/** The checkout that this keelctl was built in, else the one that the working folder is in. */
export function findCheckout({ fs, cwd }: Env): string | undefined {
  const program = process.argv[1]
  const starts = [...(program && fs.existsSync(program) ? [dirname(fs.realpathSync(program))] : []), cwd]
  for (const start of starts) {
    for (let dir = start; ; dir = dirname(dir)) {
      if (fs.existsSync(join(dir, MARK))) return dir
      if (dir === dirname(dir)) break
    }
  }
  return undefined
}
