import { pieceOf } from './piece.ts'

/** What a unified kernel image is made of. */
export interface UkiParts {
  /** systemd's EFI stub, which starts the kernel with what the image brings. */
  readonly stub: Uint8Array
  readonly osRelease: string
  readonly cmdline: string
  readonly release: string
  readonly initrd: Uint8Array
  readonly kernel: Uint8Array
}

const SECTION_BYTES = 40
/** Initialised data that may be read. */
const READ_ONLY = 0x40000040

/**
 * One EFI program: the stub, then a section for each part, the kernel last because it unpacks itself in place. The
 * sections follow the stub's own in memory; only the stub's header changes.
 */
export function uki({ stub, osRelease, cmdline, release, initrd, kernel }: UkiParts): Uint8Array {
  const sections: [name: string, content: Uint8Array][] = [
    ['.osrel', Buffer.from(osRelease)],
    ['.cmdline', Buffer.from(cmdline)],
    ['.uname', Buffer.from(release)],
    ['.initrd', initrd],
    ['.linux', kernel],
  ]
  return withSections(stub, sections)
}

function withSections(program: Uint8Array, sections: readonly [string, Uint8Array][]): Uint8Array {
  const head = readHeader(program)
  const tableEnd = head.tableAt + (head.count + sections.length) * SECTION_BYTES
  if (tableEnd > head.headerBytes)
    throw new Error(`the EFI stub has no room for ${sections.length} more sections`)
  const padTo = (value: number, unit: number): number => Math.ceil(value / unit) * unit
  let [address, offset] = [head.imageBytes, padTo(program.length, head.fileUnit)]
  const first = Buffer.alloc(offset)
  first.set(program)
  const parts: Uint8Array[] = [first]
  for (const [i, [name, content]] of sections.entries()) {
    const fileBytes = padTo(content.length, head.fileUnit)
    const entry = pieceOf(0, SECTION_BYTES, bytes => {
      bytes.write(name)
      bytes.writeUInt32LE(content.length, 8)
      bytes.writeUInt32LE(address, 12)
      bytes.writeUInt32LE(fileBytes, 16)
      bytes.writeUInt32LE(offset, 20)
      bytes.writeUInt32LE(READ_ONLY, 36)
    }).bytes
    first.set(entry, head.tableAt + (head.count + i) * SECTION_BYTES)
    parts.push(content, new Uint8Array(fileBytes - content.length))
    address = padTo(address + content.length, head.memoryUnit)
    offset += fileBytes
  }
  const added = sections.reduce((sum, [, content]) => sum + padTo(content.length, head.fileUnit), 0)
  first.writeUInt16LE(head.count + sections.length, head.at + 6)
  first.writeUInt32LE(first.readUInt32LE(head.at + 24 + 8) + added, head.at + 24 + 8)
  first.writeUInt32LE(address, head.at + 24 + 56)
  // The checksum; zero is none, and firmware does not look at it.
  first.writeUInt32LE(0, head.at + 24 + 64)
  return Buffer.concat(parts)
}

/** The fields of a PE header that more sections change or need. `at` is where it begins. */
function readHeader(program: Uint8Array): {
  at: number
  count: number
  tableAt: number
  memoryUnit: number
  fileUnit: number
  imageBytes: number
  headerBytes: number
} {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.length)
  const at = bytes.readUInt32LE(0x3c)
  if (bytes.toString('latin1', 0, 2) !== 'MZ' || bytes.toString('latin1', at, at + 4) !== 'PE\0\0')
    throw new Error('the EFI stub is not a PE program')
  const optional = at + 24
  return {
    at,
    count: bytes.readUInt16LE(at + 6),
    tableAt: optional + bytes.readUInt16LE(at + 20),
    memoryUnit: bytes.readUInt32LE(optional + 32),
    fileUnit: bytes.readUInt32LE(optional + 36),
    imageBytes: bytes.readUInt32LE(optional + 56),
    headerBytes: bytes.readUInt32LE(optional + 60),
  }
}
