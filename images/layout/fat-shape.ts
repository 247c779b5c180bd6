import { type Piece, pieceOf } from './piece.ts'

export const SECTOR = 512
const MIB = 1024 * 1024

/** The parameters of a FAT file system. */
export interface FatOptions {
  readonly sizeBytes: number
  /** At most eleven capital letters. */
  readonly label: string
  /** Thirty-two bits by which an operating system knows the volume again. */
  readonly id: number
  /** Where the file system begins on its disk, in sectors. */
  readonly startSector?: number
}

/** Where the parts of a FAT file system lie, in sectors. */
export interface FatShape {
  readonly sectors: number
  readonly reserved: number
  readonly fatSectors: number
  /** Of a FAT16: the root folder, which a FAT32 has among the data. */
  readonly rootAt: number
  readonly rootEntries: number
  readonly dataAt: number
  readonly clusterBytes: number
  readonly clusters: number
  /** Bytes of one entry of the table. */
  readonly linkBytes: 2 | 4
}

/** What decides between FAT16 and FAT32 is the number of clusters alone; sizes that would come near the border are refused. */
export function fatShape(sizeBytes: number): FatShape {
  if (sizeBytes % SECTOR !== 0 || sizeBytes < 3 * MIB || (sizeBytes > 32 * MIB && sizeBytes < 36 * MIB))
    throw new Error(`a FAT of ${sizeBytes} bytes is not supported (3 to 32 MiB, or 36 MiB and more)`)
  const isLarge = sizeBytes >= 36 * MIB
  const linkBytes = isLarge ? 4 : 2
  const [reserved, rootEntries] = isLarge ? [32, 0] : [1, 512]
  const perCluster = sizeBytes >= 512 * MIB ? 8 : 1
  const sectors = sizeBytes / SECTOR
  const rootSectors = (rootEntries * 32) / SECTOR
  const room = sectors - reserved - rootSectors
  // A little more than it must be: each table has room for all clusters that would be there without any table.
  const fatSectors = Math.ceil(((Math.floor(room / perCluster) + 2) * linkBytes) / SECTOR)
  const rootAt = reserved + 2 * fatSectors
  const dataAt = rootAt + rootSectors
  const clusters = Math.floor((sectors - dataAt) / perCluster)
  return {
    ...{ sectors, reserved, fatSectors, rootAt, rootEntries, dataAt, clusters, linkBytes },
    clusterBytes: perCluster * SECTOR,
  }
}

/** The boot sector, and for a FAT32 its count of free clusters and the copies of both. */
export function reservedPieces(shape: FatShape, options: FatOptions, firstFree: number): Piece[] {
  const boot = bootSector(shape, options)
  if (shape.linkBytes === 2) return [{ offset: 0, bytes: boot }]
  const info = pieceOf(0, SECTOR, bytes => {
    bytes.write('RRaA', 0)
    bytes.write('rrAa', 484)
    bytes.writeUInt32LE(shape.clusters - (firstFree - 2), 488)
    bytes.writeUInt32LE(firstFree, 492)
    bytes.writeUInt16LE(0xaa55, 510)
  }).bytes
  return [0, 6].map(at => ({ offset: at * SECTOR, bytes: Buffer.concat([boot, info]) }))
}

function bootSector(shape: FatShape, { label, id, startSector = 0 }: FatOptions): Uint8Array {
  const isLarge = shape.linkBytes === 4
  return pieceOf(0, SECTOR, bytes => {
    // A jump over the fields, as every reader expects; what it leads to ends the attempt to start from here.
    bytes.set([0xeb, isLarge ? 0x58 : 0x3c, 0x90])
    bytes.write('KEEL    ', 3)
    bytes.writeUInt16LE(SECTOR, 11)
    bytes[13] = shape.clusterBytes / SECTOR
    bytes.writeUInt16LE(shape.reserved, 14)
    bytes[16] = 2
    bytes.writeUInt16LE(shape.rootEntries, 17)
    const isShort = !isLarge && shape.sectors < 65_536
    if (isShort) bytes.writeUInt16LE(shape.sectors, 19)
    bytes[21] = 0xf8
    if (!isLarge) bytes.writeUInt16LE(shape.fatSectors, 22)
    bytes.writeUInt16LE(32, 24)
    bytes.writeUInt16LE(64, 26)
    bytes.writeUInt32LE(startSector, 28)
    if (!isShort) bytes.writeUInt32LE(shape.sectors, 32)
    if (isLarge) {
      bytes.writeUInt32LE(shape.fatSectors, 36)
      bytes.writeUInt32LE(2, 44)
      bytes.writeUInt16LE(1, 48)
      bytes.writeUInt16LE(6, 50)
    }
    const at = isLarge ? 64 : 36
    bytes[at] = 0x80
    bytes[at + 2] = 0x29
    bytes.writeUInt32LE(id >>> 0, at + 3)
    bytes.write(label.padEnd(11), at + 7, 'latin1')
    bytes.write(isLarge ? 'FAT32   ' : 'FAT16   ', at + 18)
    bytes.set([0xcd, 0x18, 0xeb, 0xfe], at + 26)
    bytes.writeUInt16LE(0xaa55, 510)
  }).bytes
}
