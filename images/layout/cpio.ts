import type { TreeEntry } from '../step.ts'

const TYPE = { dir: 0o040000, file: 0o100000, link: 0o120000, char: 0o020000 } as const

const pad4 = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4)

/**
 * A newc archive, as the kernel unpacks it into the first root. Written here and not by cpio(1), so that device nodes
 * need no root and no time or inode number of this machine gets in.
 */
export function cpio(entries: readonly TreeEntry[]): Uint8Array {
  const parts = entries.flatMap((entry, index) => record(entry, index + 1))
  return Buffer.concat([
    ...parts,
    ...header({ name: 'TRAILER!!!', mode: 0, size: 0, inode: 0, links: 1, major: 0, minor: 0 }),
  ])
}

function record(entry: TreeEntry, inode: number): Uint8Array[] {
  const body = bodyOf(entry)
  const [major, minor] = entry.kind === 'char' ? [entry.major, entry.minor] : [0, 0]
  const links = entry.kind === 'dir' ? 2 : 1
  const mode = TYPE[entry.kind] | entry.mode
  const name = entry.path.replace(/^\//, '')
  return [...header({ name, mode, size: body.length, inode, links, major, minor }), body, pad4(body.length)]
}

function bodyOf(entry: TreeEntry): Uint8Array {
  if (entry.kind === 'file') return entry.bytes
  return entry.kind === 'link' ? Buffer.from(entry.target) : new Uint8Array(0)
}

interface Fields {
  name: string
  mode: number
  size: number
  inode: number
  links: number
  major: number
  minor: number
}

function header({ name, mode, size, inode, links, major, minor }: Fields): Uint8Array[] {
  const label = Buffer.from(`${name}\0`)
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, label.length, 0]
  const text = `070701${fields.map(field => field.toString(16).toUpperCase().padStart(8, '0')).join('')}`
  return [Buffer.from(text), label, pad4(text.length + label.length)]
}
