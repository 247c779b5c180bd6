/** An image whose keel-init has a bug that the real one has not: the child that verifies machine configs panics. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cpio } from '../../images/layout/cpio.ts'
import { INIT } from '../../images/layout/root.ts'
import type { ImageFiles } from '../../src/image/image-files.ts'

const CRATE = resolve('init-stub')
const PARSER = 'src/sources/worker/verify.rs'
const ENTRY = /pub fn run\([^)]*\)[^{]*\{\n/g
const TARGET = 'x86_64-unknown-linux-gnu'

/** `image`, with such a keel-init; its files lie in `dir`. */
export function withPanickingParser(image: ImageFiles, dir: string): ImageFiles {
  const bytes = readFileSync(builtWithPanic(dir))
  // The kernel unpacks one archive after the other, each from a multiple of four, and a later file takes the place of an earlier one.
  const second = cpio([{ kind: 'file', path: INIT.path, mode: 0o755, bytes, why: 'The changed init.' }])
  const initramfs = join(dir, 'initramfs.cpio')
  const first = readFileSync(image.initramfs)
  writeFileSync(initramfs, Buffer.concat([first, Buffer.alloc(-first.length & 3), second]))
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
    // A panic aborts, as in a release.
    env: { ...process.env, CARGO_TARGET_DIR: target, CARGO_PROFILE_DEV_PANIC: 'abort' },
    stdio: 'pipe',
  })
  const built = join(dir, 'keel-init')
  execFileSync('strip', ['-o', built, join(target, TARGET, 'debug/keel-init')])
  return built
}
