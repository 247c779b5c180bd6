/** Opens images with other programs than the ones that packed them. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'

const HEADER = 110

/** Unpacks an initramfs, whose first archive is plain and the second compressed, into a new folder. */
export function unpackInitramfs(file: string, dir: string): void {
  const bytes = readFileSync(file)
  const end = endOfArchive(bytes)
  const packed = bytes.subarray(end)
  const second = execFileSync('zstd', ['-q', '-d', '-c'], { input: packed, maxBuffer: 1 << 30 })
  mkdirSync(dir)
  for (const input of [bytes.subarray(0, end), second]) {
    const argv = ['--extract', '--quiet', '--no-absolute-filenames', '--nonmatching', 'dev/console']
    execFileSync('cpio', argv, { cwd: dir, input })
  }
}

/** Unpacks a root image into a new folder. */
export function unpackRoot(file: string, dir: string): void {
  execFileSync('unsquashfs', ['-no-progress', '-dest', dir, file], { stdio: 'ignore' })
}

/** Where the first archive ends: behind the record that is named so. */
function endOfArchive(bytes: Buffer): number {
  const number = (at: number): number => Number.parseInt(bytes.toString('latin1', at, at + 8), 16)
  const padded = (at: number): number => (at + 3) & ~3
  for (let at = 0; ; ) {
    const [size, nameSize] = [number(at + 54), number(at + 94)]
    const name = bytes.toString('latin1', at + HEADER, at + HEADER + nameSize - 1)
    at = padded(padded(at + HEADER + nameSize) + size)
    if (name === 'TRAILER!!!') return at
  }
}
