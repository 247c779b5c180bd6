/** Bytes and where they lie in something large that is zeros elsewhere: a file system, a disk. */
export interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** A piece that covers exactly these bytes, filled by `fill`. */
export function pieceOf(offset: number, length: number, fill: (bytes: Buffer) => void): Piece {
  const bytes = Buffer.alloc(length)
  fill(bytes)
  return { offset, bytes }
}
