/** Machine configs as they are handed over: plain, or packed in gzip and base64, one in the other, as a boot takes them. */
import { gunzipSync } from 'node:zlib'

/** init takes no larger machine config. */
const LARGEST = 2 ** 24
/** base64 of gzip of base64 has three. */
const MOST_LAYERS = 4

/** The document itself; or why it cannot be unpacked. */
export function unpacked(bytes: Uint8Array, layers = MOST_LAYERS): Uint8Array | { readonly problem: string } {
  if (layers === 0) return bytes
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      return unpacked(gunzipSync(bytes, { maxOutputLength: LARGEST }), layers - 1)
    } catch (error) {
      const { code } = error as { code?: string }
      return {
        problem:
          code === 'ERR_BUFFER_TOO_LARGE'
            ? `it expands to more than ${LARGEST} bytes`
            : 'it is gzip that is damaged or was cut off',
      }
    }
  }
  const text = Buffer.from(bytes).toString('latin1')
  const isBase64 = /^[A-Za-z0-9+/_\s-]+={0,2}\s*$/.test(text) && text.trim() !== ''
  return isBase64 ? unpacked(Buffer.from(text, 'base64'), layers - 1) : bytes
}
