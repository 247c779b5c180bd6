/** Seeds, read back by tools that share no code with Keel. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SEEDS, type SeedKind, seedBytes } from '../../src/config/seed.ts'
import { tempDir } from '../temp-dir.ts'

const CONFIG = `{"apiVersion":"keel/v1","text":"${'x'.repeat(10_000)}"}`
const SEED = { config: CONFIG, instanceId: 'keel-w1', hostname: 'w1' }
const META = 'instance-id: keel-w1\nlocal-hostname: w1\n'

const tool = (name: string, ...args: string[]): string =>
  execFileSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const READ: Record<SeedKind, (image: string, dir: string) => void> = {
  iso: (image, dir) => void tool('xorriso', '-osirrox', 'on', '-indev', image, '-extract', '/', dir),
  vfat: (image, dir) => {
    expect(tool('fsck.vfat', '-n', image)).toMatch(/: \d+ files, \d+\/\d+ clusters\n$/)
    tool('mcopy', '-n', '-i', image, '::*', dir)
  },
}

test.each(SEEDS)('a seed as %s has its label and gives back what was put on it', kind => {
  const image = join(tempDir(), 'seed')
  writeFileSync(image, seedBytes(SEED, kind))
  expect(tool('blkid', '-p', '-s', 'LABEL', '-o', 'value', image).trim().toLowerCase()).toBe('cidata')
  const dir = tempDir()
  READ[kind](image, dir)
  expect(readdirSync(dir).sort()).toEqual(['meta-data', 'user-data'])
  expect(readFileSync(join(dir, 'user-data'), 'utf8')).toBe(CONFIG)
  expect(readFileSync(join(dir, 'meta-data'), 'utf8')).toBe(META)
})

test.each(SEEDS)('the same %s is always the same bytes, and another config other ones', kind => {
  const bytes = Buffer.from(seedBytes(SEED, kind))
  expect(bytes.equals(seedBytes(SEED, kind))).toBe(true)
  expect(bytes.equals(seedBytes({ ...SEED, config: '{}' }, kind))).toBe(false)
})

test.each(SEEDS)('a config as large as init takes them fits on %s', kind => {
  const config = 'x'.repeat(16 << 20)
  const image = join(tempDir(), 'seed')
  const dir = tempDir()
  writeFileSync(image, seedBytes({ ...SEED, config }, kind))
  READ[kind](image, dir)
  expect(readFileSync(join(dir, 'user-data'), 'utf8') === config).toBe(true)
})
