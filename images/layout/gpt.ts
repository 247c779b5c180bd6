import { crc32 } from './crc32.ts'
import { type Piece, pieceOf } from './piece.ts'

const SECTOR = 512
const MIB_SECTORS = (1024 * 1024) / SECTOR
const ENTRIES = 128
const ENTRY_BYTES = 128
const ENTRY_SECTORS = (ENTRIES * ENTRY_BYTES) / SECTOR
const HEADER_BYTES = 92
/** The type of a partition that firmware boots from. */
const ESP = guid('c12a7328-f81f-11d2-ba4b-00a0c93ec93b')

/** A disk whose only partition is the one that it boots from. */
export interface BootDisk {
  readonly sizeBytes: number
  readonly pieces: readonly Piece[]
}

/** First sector of the partition. */
export const ESP_START = MIB_SECTORS

/**
 * The table around an ESP. `seed` is sixteen bytes or more of a digest of the content: the disk and the partition get
 * their GUIDs from it, so that the same image has the same ones. The disk's has the form by which init knows a table as
 * Keel's own (init-stub/src/core/gpt/guid.rs), which lets it append the node's partitions.
 */
export function bootDisk(esp: readonly Piece[], espBytes: number, seed: Uint8Array): BootDisk {
  const last = ESP_START + espBytes / SECTOR - 1
  const sectors = last + 1 + MIB_SECTORS
  const entries = pieceOf(0, ENTRY_SECTORS * SECTOR, bytes => {
    bytes.set(ESP, 0)
    bytes.set(numbered(seed.subarray(0, 16), 4), 16)
    bytes.writeBigUInt64LE(BigInt(ESP_START), 32)
    bytes.writeBigUInt64LE(BigInt(last), 40)
    bytes.write('KEEL-ESP', 56, 'utf16le')
  }).bytes
  const header = (own: number, other: number, entriesAt: number): Piece =>
    pieceOf(own * SECTOR, SECTOR, bytes => {
      bytes.write('EFI PART')
      bytes.writeUInt32LE(0x00010000, 8)
      bytes.writeUInt32LE(HEADER_BYTES, 12)
      bytes.writeBigUInt64LE(BigInt(own), 24)
      bytes.writeBigUInt64LE(BigInt(other), 32)
      bytes.writeBigUInt64LE(BigInt(2 + ENTRY_SECTORS), 40)
      bytes.writeBigUInt64LE(BigInt(sectors - 2 - ENTRY_SECTORS), 48)
      bytes.set(keelDisk(seed.subarray(16, 32)), 56)
      bytes.writeBigUInt64LE(BigInt(entriesAt), 72)
      bytes.writeUInt32LE(ENTRIES, 80)
      bytes.writeUInt32LE(ENTRY_BYTES, 84)
      bytes.writeUInt32LE(crc32(entries), 88)
      bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_BYTES)), 16)
    })
  const backupAt = sectors - 1 - ENTRY_SECTORS
  const pieces = [
    protectiveMbr(sectors),
    header(1, sectors - 1, 2),
    { offset: 2 * SECTOR, bytes: entries },
    ...esp.map(({ offset, bytes }) => ({ offset: offset + ESP_START * SECTOR, bytes })),
    { offset: backupAt * SECTOR, bytes: entries },
    header(sectors - 1, 1, backupAt),
  ]
  return { sizeBytes: sectors * SECTOR, pieces }
}

/** One partition of type 0xee over all, so that old tools keep away. */
const protectiveMbr = (sectors: number): Piece =>
  pieceOf(0, SECTOR, bytes => {
    bytes.set([0, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0], 446)
    bytes.writeUInt32LE(Math.min(sectors - 1, 0xffffffff), 458)
    bytes.writeUInt16LE(0xaa55, 510)
  })

/** A GUID of a version, from any bytes. */
function numbered(bytes: Uint8Array, version: 4 | 8): Uint8Array {
  const made = Uint8Array.from(bytes)
  made[7] = ((made[7] ?? 0) & 0x0f) | (version << 4)
  made[8] = ((made[8] ?? 0) & 0x3f) | 0x80
  return made
}

/** Version 8 and "Keel" in the first group. */
function keelDisk(bytes: Uint8Array): Uint8Array {
  const made = numbered(bytes, 8)
  made.set(Buffer.from('leeK'))
  return made
}

/** The bytes of a written GUID: the first three groups are little-endian. */
function guid(text: string): Uint8Array {
  const [a = '', b = '', c = '', d = '', e = ''] = text.split('-')
  const hex = (part: string): Buffer => Buffer.from(part, 'hex')
  return Buffer.concat([hex(a).reverse(), hex(b).reverse(), hex(c).reverse(), hex(d), hex(e)])
}
