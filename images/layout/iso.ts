/** A CD-ROM image with files in its root: ISO 9660, and in addition Joliet, which keeps the real names. */
import { pieceOf } from './piece.ts'

/** A file by its name; a CD of Keel has no folders. */
export interface IsoFile {
  readonly name: string
  readonly bytes: Uint8Array
}

const SECTOR = 2048
const FIRST_DESCRIPTOR = 16
/** Where things lie, in sectors: two descriptors and their end, two path tables for each, two roots, then the files. */
const AT = {
  primary: 16,
  joliet: 17,
  end: 18,
  tables: 19,
  jolietTables: 21,
  root: 23,
  jolietRoot: 24,
  files: 25,
}
const FOLDER = 0x02

/** One of the two views of the same files. */
interface View {
  readonly descriptor: number
  readonly tables: number
  readonly root: number
  readonly text: (text: string, length: number) => Buffer
  readonly name: (name: string) => Buffer
}

const PRIMARY: View = {
  descriptor: AT.primary,
  tables: AT.tables,
  root: AT.root,
  text: (text, length) => Buffer.from(text.padEnd(length).slice(0, length), 'latin1'),
  name: name => Buffer.from(`${name.toUpperCase()}.;1`, 'latin1'),
}

const JOLIET: View = {
  descriptor: AT.joliet,
  tables: AT.jolietTables,
  root: AT.jolietRoot,
  text: (text, length) => ucs2(text.padEnd(length / 2).slice(0, length / 2)),
  name: ucs2,
}

/**
 * The whole image. Written here and not by xorriso, so that the same files are the same bytes and a workstation needs
 * no tool.
 */
export function iso(label: string, files: readonly IsoFile[]): Uint8Array {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1))
  let next = AT.files
  const placed = sorted.map(file => {
    const at = next
    next += Math.max(1, Math.ceil(file.bytes.length / SECTOR))
    return { ...file, at }
  })
  const image = Buffer.alloc(next * SECTOR)
  for (const view of [PRIMARY, JOLIET]) {
    descriptor(view, label, next).copy(image, view.descriptor * SECTOR)
    pathTable(view, 'LE').copy(image, view.tables * SECTOR)
    pathTable(view, 'BE').copy(image, (view.tables + 1) * SECTOR)
    const entries = placed.map(({ name, at, bytes }) => record(view.name(name), at, bytes.length, 0))
    const root = Buffer.concat([...selfAndParent(view), ...entries])
    if (root.length > SECTOR) throw new Error(`${files.length} files are too many for the root of a CD`)
    root.copy(image, view.root * SECTOR)
  }
  Buffer.from('\xffCD001\x01', 'latin1').copy(image, AT.end * SECTOR)
  for (const { at, bytes } of placed) image.set(bytes, at * SECTOR)
  return image
}

function descriptor(view: View, label: string, sectors: number): Buffer {
  const isJoliet = view === JOLIET
  return pieceOf(FIRST_DESCRIPTOR, SECTOR, bytes => {
    bytes.write(`${isJoliet ? '\x02' : '\x01'}CD001\x01`, 0, 'latin1')
    view.text('', 32).copy(bytes, 8)
    view.text(label, 32).copy(bytes, 40)
    bothEnds(bytes, 80, sectors)
    // The escape sequence that says Joliet, level 3.
    if (isJoliet) bytes.write('%/E', 88, 'latin1')
    for (const at of [120, 124]) bothEnds16(bytes, at, 1)
    bothEnds16(bytes, 128, SECTOR)
    bothEnds(bytes, 132, pathTable(view, 'LE').length)
    bytes.writeUInt32LE(view.tables, 140)
    bytes.writeUInt32BE(view.tables + 1, 148)
    record(Buffer.of(0), view.root, SECTOR, FOLDER).copy(bytes, 156)
    for (const [at, length] of [
      [190, 128],
      [318, 128],
      [446, 128],
      [574, 128],
      [702, 37],
      [739, 37],
      [776, 37],
    ] as const)
      view.text('', length - (length % 2)).copy(bytes, at)
    for (const at of [813, 830, 847, 864]) bytes.write('0'.repeat(16), at, 'latin1')
    bytes[881] = 1
  }).bytes as Buffer
}

/** Its only folder is the root, its own parent. */
const pathTable = (view: View, end: 'LE' | 'BE'): Buffer =>
  pieceOf(0, 10, bytes => {
    bytes[0] = 1
    if (end === 'LE') {
      bytes.writeUInt32LE(view.root, 2)
      bytes.writeUInt16LE(1, 6)
    } else {
      bytes.writeUInt32BE(view.root, 2)
      bytes.writeUInt16BE(1, 6)
    }
  }).bytes as Buffer

const selfAndParent = (view: View): Buffer[] =>
  [0, 1].map(name => record(Buffer.of(name), view.root, SECTOR, FOLDER))

/** A directory record; its length is even. */
function record(name: Buffer, at: number, size: number, flags: number): Buffer {
  const length = 33 + name.length + ((name.length + 1) % 2)
  return pieceOf(0, length, bytes => {
    bytes[0] = length
    bothEnds(bytes, 2, at)
    bothEnds(bytes, 10, size)
    // The first of January 1980, as on Keel's other media; a record cannot say "no date".
    bytes.set([80, 1, 1], 18)
    bytes[25] = flags
    bothEnds16(bytes, 28, 1)
    bytes[32] = name.length
    name.copy(bytes, 33)
  }).bytes as Buffer
}

/** Numbers are written twice, for machines of both kinds. */
function bothEnds(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value, at)
  bytes.writeUInt32BE(value, at + 4)
}

function bothEnds16(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt16LE(value, at)
  bytes.writeUInt16BE(value, at + 2)
}

function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}
