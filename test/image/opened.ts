import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { ImageFacts } from '../../images/index.ts'
import type { EntryFact } from '../../images/report.ts'
import { IMAGE_DIR } from '../../src/image/image-files.ts'
import { unpackInitramfs, unpackRoot } from './unpack.ts'

/** The image that `keelctl image build` left, or that KEEL_IMAGE names. */
export const imageDir = process.env['KEEL_IMAGE'] ?? IMAGE_DIR

const json = (folder: string, name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))

/** image.json */
export const imageFacts = (folder = imageDir): ImageFacts => json(folder, 'image.json') as ImageFacts

/** files.json */
export const entries = (folder = imageDir): EntryFact[] => json(folder, 'files.json') as EntryFact[]

export interface Found {
  readonly path: string
  readonly kind: EntryFact['kind']
  readonly mode: string
  readonly bytes: Buffer
  readonly target: string | undefined
}

interface Roots {
  readonly initramfs: string
  readonly root: string
}

const opened = new Map<string, Roots>()

/** Both roots, unpacked by other programs than the ones that packed them; gone when the tests of the file are over. */
export function openImage(folder = imageDir): Roots {
  const known = opened.get(folder)
  if (known) return known
  const dir = mkdtempSync(join(tmpdir(), 'keel-image-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const roots = { initramfs: join(dir, 'initramfs'), root: join(dir, 'root') }
  unpackInitramfs(join(folder, 'initramfs.cpio'), roots.initramfs)
  unpackRoot(join(roots.initramfs, 'root.img'), roots.root)
  opened.set(folder, roots)
  return roots
}

/** Everything below a folder, as it is. */
export function walk(dir: string, at = ''): Found[] {
  return readdirSync(join(dir, at)).flatMap(name => {
    const path = `${at}/${name}`
    const stat = lstatSync(join(dir, path))
    const kind = stat.isDirectory() ? 'dir' : stat.isSymbolicLink() ? 'link' : 'file'
    const found: Found = {
      path,
      kind,
      mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'),
      bytes: kind === 'file' ? readFileSync(join(dir, path)) : Buffer.alloc(0),
      target: kind === 'link' ? readlinkSync(join(dir, path)) : undefined,
    }
    return kind === 'dir' ? [found, ...walk(dir, path)] : [found]
  })
}

export const isElf = ({ bytes }: Found): boolean => bytes.subarray(0, 4).toString('latin1') === '\x7fELF'

const PT_INTERP = 3

/** The program that a dynamic executable wants to be loaded by; a static one wants none. */
export function wantsLoader({ bytes }: Found): boolean {
  const [offset, size, count] = [
    Number(bytes.readBigUInt64LE(32)),
    bytes.readUInt16LE(54),
    bytes.readUInt16LE(56),
  ]
  return Array.from({ length: count }, (_, i) => bytes.readUInt32LE(offset + i * size)).includes(PT_INTERP)
}
