/** One file of an archive. */
export interface TarFile {
  readonly name: string
  readonly mode: number
  readonly bytes: Uint8Array
}

const BLOCK = 512
const octal = (value: number, width: number): string => value.toString(8).padStart(width - 1, '0')

/** A ustar archive without times, owners or anything else of this machine. */
export function tar(files: readonly TarFile[]): Uint8Array {
  const parts = files.flatMap(file => [
    header(file),
    file.bytes,
    new Uint8Array((BLOCK - (file.bytes.length % BLOCK)) % BLOCK),
  ])
  return Buffer.concat([...parts, new Uint8Array(2 * BLOCK)])
}

function header({ name, mode, bytes }: TarFile): Uint8Array {
  if (name.length > 100) throw new Error(`${name} is too long a name for a ustar header`)
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0)
  block.write(octal(mode, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(bytes.length, 12), 124)
  block.write(octal(0, 12), 136)
  block.write(' '.repeat(8), 148)
  block.write('0', 156)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 7)}\0 `, 148)
  return block
}
