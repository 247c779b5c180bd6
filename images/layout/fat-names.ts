/** Names as FAT has them: eleven capital letters for each entry, and the real name in entries before it. */

/** Bytes of one directory entry. */
export const ENTRY_BYTES = 32
const LONG_UNITS = 13
const LONG = 0x0f

/** The short names of one folder's entries, in their order; two are never the same. */
export function shortNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map(name => {
    const short = isShort(name) ? eleven(name) : numbered(name, taken)
    if (taken.has(short)) throw new Error(`${name} is in its folder twice, as FAT sees it`)
    taken.add(short)
    return short
  })
}

/** Whether the eleven letters say the whole name. */
const isShort = (name: string): boolean => /^[A-Z0-9_-]{1,8}(\.[A-Z0-9_-]{1,3})?$/.test(name)

function eleven(name: string): string {
  const [stem = '', extension = ''] = name.split('.')
  return stem.padEnd(8) + extension.padEnd(3)
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  const plain = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9_-]/g, '')
  const dot = name.lastIndexOf('.')
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot + 1)] : [name, '']
  for (let number = 1; ; number += 1) {
    const tail = `~${number}`
    const short =
      (plain(stem).slice(0, 8 - tail.length) + tail).padEnd(8) + plain(extension).slice(0, 3).padEnd(3)
    if (!taken.has(short)) return short
  }
}

/** How many entries a name takes. */
export const entriesOf = (name: string): number =>
  isShort(name) ? 1 : 1 + Math.ceil(name.length / LONG_UNITS)

/** The entries that hold the real name, last part first, as the format wants it; none for a name that is short. */
export function longEntries(name: string, short: string): Buffer[] {
  if (isShort(name)) return []
  const count = Math.ceil(name.length / LONG_UNITS)
  return Array.from({ length: count }, (_, i) => longEntry(name, count - 1 - i, count, checksum(short)))
}

function longEntry(name: string, part: number, count: number, sum: number): Buffer {
  const entry = Buffer.alloc(ENTRY_BYTES)
  entry[0] = (part + 1) | (part === count - 1 ? 0x40 : 0)
  entry[11] = LONG
  entry[13] = sum
  // Behind the name comes one zero, then what no name has.
  const unitAt = (i: number): number =>
    i < name.length ? name.charCodeAt(i) : i === name.length ? 0 : 0xffff
  const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30]
  for (const [i, place] of places.entries()) entry.writeUInt16LE(unitAt(part * LONG_UNITS + i), place)
  return entry
}

const checksum = (short: string): number =>
  [...Buffer.from(short, 'latin1')].reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0)
