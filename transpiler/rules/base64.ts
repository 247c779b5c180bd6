/** Bytes in base64, without Node: the library also runs in a browser. */

/** The bytes, or nothing when the text is not base64 with padding. White space does not count. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  const plain = text.replaceAll(/\s+/g, '')
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return undefined
  const bytes = Uint8Array.from(atob(plain), char => char.charCodeAt(0))
  // Bits that padding cuts off must be zero, or two texts would mean the same bytes.
  return base64Of(bytes) === plain ? bytes : undefined
}

export function base64Of(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 0x8000)
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)))
  return btoa(parts.join(''))
}
