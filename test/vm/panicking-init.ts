/** An image whose keel-init has a bug that the real one has not: the child that judges machine configs panics. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cpio } from '../../images/layout/cpio.ts'
import type { ImageFiles } from '../../src/image-files.ts'

const CRATE = resolve('init-stub')
const PARSER = 'src/child/verify.rs'
const ENTRY = /pub fn run\([^)]*\)[^{]*\{\n/g
const TARGET = 'x86_64-unknown-linux-gnu'

/** `image`, with such a keel-init in its root; its files lie in `dir`. */
export function withPanickingParser(image: ImageFiles, dir: string): ImageFiles {
  const init = builtWithPanic(dir)
  const root = unpackedRoot(image, dir)
  cpSync(init, join(root, 'bin/keel-init'))
  const packed = join(dir, 'root.img')
  execFileSync('mkfs.erofs', ['-zlz4', packed, root], { stdio: 'ignore' })
  // The kernel unpacks one archive after the other, and a later file takes the place of an earlier one.
  const second = cpio([
    { kind: 'file', path: '/root.img', mode: 0o644, bytes: readFileSync(packed), why: 'The changed root.' },
  ])
  const initramfs = join(dir, 'initramfs.cpio')
  writeFileSync(initramfs, Buffer.concat([readFileSync(image.initramfs), second]))
  return { ...image, initramfs }
}

/** The crate as it is, but for one line of a copy: nothing in the program itself can be asked to panic. */
function builtWithPanic(dir: string): string {
  const copy = join(dir, 'init-stub')
  mkdirSync(copy)
  for (const part of ['src', '.cargo', 'Cargo.toml', 'Cargo.lock'])
    cpSync(join(CRATE, part), join(copy, part), { recursive: true })
  symlinkSync(resolve('schema'), join(dir, 'schema'))
  const parser = join(copy, PARSER)
  const text = readFileSync(parser, 'utf8')
  if (text.match(ENTRY)?.length !== 1) throw new Error(`${PARSER} has not exactly one place to panic in`)
  writeFileSync(
    parser,
    text.replace(ENTRY, start => `${start}    if true { panic!("provoked by a test"); }\n`),
  )
  // The crate's own folder, where its dependencies are built already.
  const target = process.env['CARGO_TARGET_DIR'] ?? join(CRATE, 'target')
  execFileSync('cargo', ['build', '--quiet', '--locked', '--target', TARGET], {
    cwd: copy,
    env: { ...process.env, CARGO_TARGET_DIR: target },
    stdio: 'pipe',
  })
  const built = join(dir, 'keel-init')
  execFileSync('strip', ['-o', built, join(target, TARGET, 'debug/keel-init')])
  return built
}

function unpackedRoot({ initramfs }: ImageFiles, dir: string): string {
  const first = join(dir, 'first')
  mkdirSync(first)
  execFileSync('cpio', ['--extract', '--quiet', '--no-absolute-filenames', 'root.img'], {
    cwd: first,
    input: readFileSync(initramfs),
  })
  const root = join(dir, 'root')
  execFileSync('fsck.erofs', [`--extract=${root}`, '--no-preserve-owner', join(first, 'root.img')], {
    stdio: 'ignore',
  })
  return root
}
