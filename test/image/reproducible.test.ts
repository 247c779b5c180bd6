import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { cacheFolder } from '../../images/index.ts'
import { tempDir } from '../temp-dir.ts'
import { imageDir } from './opened.ts'

/** What an image is made of; nothing else of the checkout may matter. */
const SOURCES = ['dist', 'images', 'init-stub', 'schema']

test('a second build, in another folder and with an empty cache, gives the same bytes', () => {
  const dir = tempDir()
  const [checkout, cache, out] = [join(dir, 'elsewhere'), join(dir, 'cache'), join(dir, 'out')]
  for (const name of SOURCES) {
    const isSource = (path: string): boolean => !/\/(target|image)$/.test(path)
    cpSync(name, join(checkout, name), { recursive: true, filter: isSource })
  }
  // Packages as the mirror gave them may be shared: the lock's digests vouch for them.
  const steps = join(cacheFolder(process.env), 'steps')
  for (const name of readdirSync(steps).filter(one => /-package-/.test(one))) {
    mkdirSync(join(cache, 'steps'), { recursive: true })
    cpSync(join(steps, name), join(cache, 'steps', name), { recursive: true })
  }
  const build = (program: string, at: string, env: NodeJS.ProcessEnv, ...argv: string[]): void => {
    const stdio = ['ignore', 'ignore', 'pipe'] as const
    execFileSync('node', [program, 'image', 'build', ...argv], { cwd: at, env, stdio: [...stdio] })
  }
  const elsewhere = { ...process.env, KEEL_CACHE: cache }
  build(join(checkout, 'dist', 'keelctl'), dir, elsewhere, '-o', out)
  for (const name of ['vmlinuz', 'initramfs.cpio', 'image.json', 'files.json', 'spdx.json']) {
    expect(readFileSync(join(out, name)).equals(readFileSync(join(imageDir, name))), name).toBe(true)
  }
  for (const [kind, name] of [
    ['uki', 'keel.efi'],
    ['disk', 'disk.raw'],
  ] as const) {
    const options = ['--as', kind, ...(kind === 'disk' ? ['--esp-size', '128MiB'] : [])]
    const [here, there] = [join(dir, `here-${kind}`), join(dir, `there-${kind}`)]
    build('dist/keelctl', process.cwd(), process.env, ...options, '-o', here)
    build(join(checkout, 'dist', 'keelctl'), dir, elsewhere, ...options, '-o', there)
    for (const file of [name, 'image.json'])
      expect(readFileSync(join(there, file)).equals(readFileSync(join(here, file))), file).toBe(true)
  }
})
