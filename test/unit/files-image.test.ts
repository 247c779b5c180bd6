import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestOf, filesImage, type LayerPart } from '../registry/image.ts'
import { tempDir } from '../temp-dir.ts'

/** A program, and a folder with a link. */
function parts(): LayerPart[][] {
  const folder = tempDir()
  mkdirSync(join(folder, 'usr'))
  writeFileSync(join(folder, 'usr/program'), 'text', { mode: 0o755 })
  symlinkSync('program', join(folder, 'usr/link'))
  return [[{ folder }, { folder: join(folder, 'usr'), paths: ['program', 'link'], into: 'opt/bin' }]]
}

test('a layer has files where they are or are moved to, and links lead where they led', () => {
  const [layer = Buffer.alloc(0)] = filesImage(parts(), {}).blobs
  const listed = execFileSync('tar', ['-tvf', '-'], { input: layer, encoding: 'utf8' })
  const rows = listed.split('\n').flatMap(line => {
    const [, mode, name] = /^(\S+) +0\/0 .* 00:00 (.*)$/.exec(line) ?? []
    return name === undefined ? [] : [`${mode} ${name}`]
  })
  expect(rows).toEqual([
    'drwxr-xr-x usr/',
    'lrwxrwxrwx usr/link -> program',
    '-rwxr-xr-x usr/program',
    '-rwxr-xr-x opt/bin/program',
    'lrwxrwxrwx opt/bin/link -> program',
  ])
})

test('the same files are the same image whatever their times, and its manifest names what it has', () => {
  const [first, second] = [parts(), parts()]
  utimesSync(join(second[0]?.[0]?.folder ?? '', 'usr/program'), 1, 1)
  const [a, b] = [filesImage(first, {}), filesImage(second, {})]
  expect(digestOf(a.manifest)).toBe(digestOf(b.manifest))
  const { config, layers } = JSON.parse(a.manifest.toString())
  expect([...layers, config].map(({ digest }) => digest)).toEqual(a.blobs.map(digestOf))
})
