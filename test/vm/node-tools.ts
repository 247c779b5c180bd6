/** An image of the programs that pods of storage drivers and CNI plugins bring to load modules: Debian's kmod, and busybox. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ociArchiveOf } from '../../images/layout/oci.ts'
import { tempDir } from '../temp-dir.ts'

export const NODE_TOOLS = 'keel.local/node-tools:1'

/** Writes the archive and returns its path. The entry point is busybox; kmod lies below two of its names. */
export function nodeTools(): string {
  const libraries = execFileSync('ldd', ['/bin/kmod'], { encoding: 'utf8' }).match(/\/\S+\.so\S*/g) ?? []
  const files = [
    ...libraries.map(path => [path, path] as const),
    ...(['/bin/modinfo', '/bin/modprobe'] as const).map(path => [path, '/bin/kmod'] as const),
    ['/bin/busybox', '/bin/busybox'] as const,
  ].map(([path, from]) => ({ name: path.slice(1), mode: 0o755, bytes: readFileSync(from) }))
  const archive = join(tempDir(), 'node-tools.tar')
  writeFileSync(archive, ociArchiveOf(NODE_TOOLS, 'bin/busybox', files))
  return archive
}
