import type { BootDisk } from './gpt.ts'
import { pieceOf } from './piece.ts'

const CLUSTER_BITS = 16
const CLUSTER = 1 << CLUSTER_BITS
/** The cluster belongs to this file alone. */
const COPIED = 1n << 63n
const HEADER_BYTES = 104

/**
 * A disk in QEMU's format, version 3: a header, a reference count for each cluster, two levels of tables, and the clusters
 * that hold something. Written here because qemu-img is a package that only this would need, and promises no fixed bytes.
 */
export function qcow2({ sizeBytes, pieces }: BootDisk): Uint8Array {
  const used = clustersOf(pieces)
  const perTable = CLUSTER / 8
  const tables = Math.ceil(sizeBytes / CLUSTER / perTable)
  const l1Clusters = Math.ceil((tables * 8) / CLUSTER)
  // Sixteen bits for each cluster of the file, the counting ones included.
  let countBlocks = 1
  const total = (): number => 2 + countBlocks + l1Clusters + tables + used.size
  while (total() > (countBlocks * CLUSTER) / 2) countBlocks += 1
  const l1At = 2 + countBlocks
  const l2At = l1At + l1Clusters
  const dataAt = l2At + tables
  const entry = (cluster: number, flags = 0n): bigint => (BigInt(cluster) << BigInt(CLUSTER_BITS)) | flags
  const header = pieceOf(0, CLUSTER, bytes => {
    bytes.write('QFI\xfb', 'latin1')
    bytes.writeUInt32BE(3, 4)
    bytes.writeUInt32BE(CLUSTER_BITS, 20)
    bytes.writeBigUInt64BE(BigInt(sizeBytes), 24)
    bytes.writeUInt32BE(tables, 36)
    bytes.writeBigUInt64BE(entry(l1At), 40)
    bytes.writeBigUInt64BE(entry(1), 48)
    bytes.writeUInt32BE(1, 56)
    bytes.writeUInt32BE(4, 96)
    bytes.writeUInt32BE(HEADER_BYTES, 100)
  }).bytes
  const list = (bytes: number, entries: readonly (readonly [at: number, value: bigint])[]): Uint8Array =>
    pieceOf(0, bytes, buffer => {
      for (const [at, value] of entries) buffer.writeBigUInt64BE(value, at * 8)
    }).bytes
  const range = (length: number): number[] => Array.from({ length }, (_, i) => i)
  const counts = pieceOf(0, countBlocks * CLUSTER, bytes => {
    for (const cluster of range(total())) bytes.writeUInt16BE(1, cluster * 2)
  }).bytes
  const where = [...used.keys()].map((cluster, i) => [cluster, entry(dataAt + i, COPIED)] as const)
  return Buffer.concat([
    header,
    list(
      CLUSTER,
      range(countBlocks).map(i => [i, entry(2 + i)]),
    ),
    counts,
    list(
      l1Clusters * CLUSTER,
      range(tables).map(i => [i, entry(l2At + i, COPIED)]),
    ),
    list(tables * CLUSTER, where),
    ...used.values(),
  ])
}

/** The clusters that are not all zeros, by number, in order. */
function clustersOf(pieces: BootDisk['pieces']): Map<number, Buffer> {
  const clusters = new Map<number, Buffer>()
  for (const { offset, bytes } of pieces) {
    for (let done = 0; done < bytes.length; ) {
      const number = Math.floor((offset + done) / CLUSTER)
      const at = (offset + done) % CLUSTER
      const part = bytes.subarray(done, done + CLUSTER - at)
      const cluster = clusters.get(number) ?? Buffer.alloc(CLUSTER)
      cluster.set(part, at)
      clusters.set(number, cluster)
      done += part.length
    }
  }
  return new Map([...clusters].sort(([a], [b]) => a - b))
}
