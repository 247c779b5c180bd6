/** A file of an image as it will lie in its folder. A disk is mostly nothing, so it may be given as its pieces. */
import { createHash } from 'node:crypto'
import type { Piece } from './layout/piece.ts'
import { type FileFact, factOf } from './report.ts'

export type OutFile = { readonly name: string; readonly mode?: number } & (
  | { readonly bytes: Uint8Array | string }
  | { readonly sizeBytes: number; readonly pieces: readonly Piece[] }
)

export function outFact(file: OutFile): FileFact {
  if ('bytes' in file) return factOf(file.name, Buffer.from(file.bytes))
  return { path: file.name, size: file.sizeBytes, sha256: digestOfPieces(file.sizeBytes, file.pieces) }
}

const ZEROS = Buffer.alloc(1024 * 1024)

/** SHA-256 of what the pieces make; they come in the order of their offsets. */
function digestOfPieces(sizeBytes: number, pieces: readonly Piece[]): string {
  const hash = createHash('sha256')
  let done = 0
  const skipTo = (offset: number): void => {
    for (; done < offset; done += Math.min(ZEROS.length, offset - done))
      hash.update(ZEROS.subarray(0, Math.min(ZEROS.length, offset - done)))
  }
  for (const { offset, bytes } of pieces) {
    if (offset < done) throw new Error(`two pieces of a disk overlap at ${offset}`)
    skipTo(offset)
    hash.update(bytes)
    done = offset + bytes.length
  }
  skipTo(sizeBytes)
  return hash.digest('hex')
}
