import { ENTRY_BYTES, entriesOf, longEntries, shortNames } from './fat-names.ts'
import { type FatOptions, type FatShape, fatShape, reservedPieces, SECTOR } from './fat-shape.ts'
import { type Piece, pieceOf } from './piece.ts'

/** A file by its path, `EFI/BOOT/BOOTX64.EFI`. Its folders are made. */
export interface FatFile {
  readonly path: string
  readonly bytes: Uint8Array
}

interface Folder {
  readonly kind: 'folder'
  readonly name: string
  readonly children: (Folder | File)[]
  cluster: number
}
interface File {
  readonly kind: 'file'
  readonly name: string
  readonly bytes: Uint8Array
  cluster: number
}

/** The first of January 1980, the earliest that FAT can say. */
const DATE = 0x0021
const ATTRIBUTE = { label: 0x08, folder: 0x10, file: 0x20 } as const

/**
 * A FAT file system, FAT16 up to 32 MiB and FAT32 above. Written here and not by mkfs.vfat and mcopy, so that the same
 * files are the same bytes, and so that the empty rest of it takes no room and no time.
 */
export function fat(files: readonly FatFile[], options: FatOptions): Piece[] {
  const shape = fatShape(options.sizeBytes)
  const root = treeOf(files)
  const chains = place(root, shape)
  const table = Buffer.alloc((2 + chains.reduce((sum, length) => sum + length, 0)) * shape.linkBytes)
  const link = (cluster: number, next: number): unknown =>
    shape.linkBytes === 4
      ? table.writeUInt32LE(next, cluster * 4)
      : table.writeUInt16LE(next & 0xffff, cluster * 2)
  link(0, 0x0ffffff8)
  link(1, 0x0fffffff)
  let first = 2
  for (const length of chains) {
    for (let i = 0; i < length; i += 1) link(first + i, i === length - 1 ? 0x0fffffff : first + i + 1)
    first += length
  }
  const copies = [0, 1].map(copy => ({
    offset: (shape.reserved + copy * shape.fatSectors) * SECTOR,
    bytes: padded(table, SECTOR),
  }))
  return [
    ...reservedPieces(shape, options, first),
    ...copies,
    ...contentsOf(root, root, options.label, shape),
  ].sort((a, b) => a.offset - b.offset)
}

function treeOf(files: readonly FatFile[]): Folder {
  const root: Folder = { kind: 'folder', name: '', children: [], cluster: 0 }
  for (const { path, bytes } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const names = path.split('/')
    const name = names.pop() ?? ''
    let folder = root
    for (const step of names) {
      let next = folder.children.find(child => child.name === step)
      if (!next) {
        next = { kind: 'folder', name: step, children: [], cluster: 0 }
        folder.children.push(next)
      }
      if (next.kind === 'file') throw new Error(`${path}: ${step} is a file`)
      folder = next
    }
    folder.children.push({ kind: 'file', name, bytes, cluster: 0 })
  }
  return root
}

/** Gives everything its first cluster, one thing behind the other. Returns the length of each chain. */
function place(root: Folder, shape: FatShape): number[] {
  const chains: number[] = []
  let next = 2
  const take = (bytes: number): number => {
    const clusters = Math.ceil(bytes / shape.clusterBytes)
    if (clusters === 0) return 0
    const first = next
    chains.push(clusters)
    next += clusters
    if (next - 2 > shape.clusters)
      throw new Error(
        `the files need more than the ${shape.clusters * shape.clusterBytes} bytes of the file system`,
      )
    return first
  }
  const visit = (node: Folder | File): void => {
    if (node.kind === 'file') node.cluster = take(node.bytes.length)
    // The root of a FAT16 has a place of its own.
    else if (node !== root || shape.linkBytes === 4) node.cluster = take(folderBytes(node))
    if (node.kind === 'folder') for (const child of node.children) visit(child)
  }
  visit(root)
  return chains
}

/** Two entries for itself and its parent, or one for the label and room for the end. */
const folderBytes = ({ children }: Folder): number =>
  (2 + children.reduce((sum, { name }) => sum + entriesOf(name), 0)) * ENTRY_BYTES

function contentsOf(node: Folder | File, parent: Folder, label: string, shape: FatShape): Piece[] {
  const offset =
    node.cluster === 0
      ? shape.rootAt * SECTOR
      : shape.dataAt * SECTOR + (node.cluster - 2) * shape.clusterBytes
  if (node.kind === 'file')
    return node.bytes.length === 0 ? [] : [{ offset, bytes: padded(node.bytes, SECTOR) }]
  const own =
    node === parent
      ? [entry(label.padEnd(11), ATTRIBUTE.label, 0, 0)]
      : [
          entry('.'.padEnd(11), ATTRIBUTE.folder, node.cluster, 0),
          // A parent that is the root is named by zero.
          entry('..'.padEnd(11), ATTRIBUTE.folder, parent.name === '' ? 0 : parent.cluster, 0),
        ]
  const shorts = shortNames(node.children.map(({ name }) => name))
  const listed = node.children.flatMap((child, i) => {
    const short = shorts[i] ?? ''
    const size = child.kind === 'file' ? child.bytes.length : 0
    return [...longEntries(child.name, short), entry(short, ATTRIBUTE[child.kind], child.cluster, size)]
  })
  const room = node.cluster === 0 ? SECTOR : shape.clusterBytes
  const bytes = padded(Buffer.concat([...own, ...listed]), room)
  return [{ offset, bytes }, ...node.children.flatMap(child => contentsOf(child, node, label, shape))]
}

const entry = (short: string, attribute: number, cluster: number, size: number): Uint8Array =>
  pieceOf(0, ENTRY_BYTES, bytes => {
    bytes.write(short, 0, 'latin1')
    bytes[11] = attribute
    for (const at of [16, 18, 24]) bytes.writeUInt16LE(DATE, at)
    bytes.writeUInt16LE(cluster >>> 16, 20)
    bytes.writeUInt16LE(cluster & 0xffff, 26)
    bytes.writeUInt32LE(size, 28)
  }).bytes

/** Zeros behind, up to a multiple of `unit`. */
function padded(bytes: Uint8Array, unit: number): Uint8Array {
  const rest = bytes.length % unit
  return rest === 0 ? bytes : Buffer.concat([bytes, new Uint8Array(unit - rest)])
}
