import { execFileSync } from 'node:child_process'
import { gunzipSync, gzipSync } from 'node:zlib'

/** How a document is packed on its way; several in a row are layers, the first the innermost. */
export type Layer = 'gzip' | 'zstd' | 'base64' | 'base64-lines'

/** The document in its layers, made by tools that share no code with Keel. */
export function packed(document: string | Buffer, ...layers: Layer[]): Buffer {
  return layers.reduce<Buffer>((bytes, layer) => WAYS[layer](bytes), Buffer.from(document))
}

const WAYS: Record<Layer, (bytes: Buffer) => Buffer> = {
  gzip: bytes => gzipSync(bytes),
  zstd: bytes => execFileSync('zstd', ['--quiet', '--stdout', '-'], { input: bytes }),
  base64: bytes => Buffer.from(bytes.toString('base64')),
  // As base64(1) writes it.
  'base64-lines': bytes => Buffer.from(bytes.toString('base64').replace(/.{1,76}/g, '$&\n')),
}

/** Gzip whose end never came. */
export function truncatedGzip(document: string): Buffer {
  const whole = packed(document, 'gzip')
  return whole.subarray(0, whole.length / 2)
}

const MIB = 1024 * 1024

/** A few kilobytes that unpack to more than a machine config may have; 64 of them are within any cap on what comes by wire. */
export function bomb(): Buffer {
  const piece = gzipSync(Buffer.alloc(MIB, ' '))
  // Members in a row are one gzip file (RFC 1952, 2.2).
  const whole = Buffer.concat(Array.from({ length: 64 }, () => piece))
  if (gunzipSync(piece).length !== MIB) throw new Error('gzip does not give back what it took')
  return whole
}
