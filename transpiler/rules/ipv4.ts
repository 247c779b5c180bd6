/** IPv4 addresses and prefixes as numbers. */

/** An address with the length of its prefix. */
export interface Prefix {
  readonly address: number
  readonly length: number
}

/** The number of a dotted address that the schema has accepted. */
export function ipv4Of(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function prefixOf(cidr: string): Prefix {
  const [address = '', length = ''] = cidr.split('/')
  return { address: ipv4Of(address), length: Number(length) }
}

export function ipv4Text(address: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.')
}

/** First address: the network itself. */
export function firstOf({ address, length }: Prefix): number {
  const size = 2 ** (32 - length)
  return Math.floor(address / size) * size
}

/** Last address: the broadcast address. */
export function lastOf(prefix: Prefix): number {
  return firstOf(prefix) + 2 ** (32 - prefix.length) - 1
}

export function contains(prefix: Prefix, address: number): boolean {
  return address >= firstOf(prefix) && address <= lastOf(prefix)
}

export function overlap(a: Prefix, b: Prefix): boolean {
  return firstOf(a) <= lastOf(b) && firstOf(b) <= lastOf(a)
}
