/** IP addresses and prefixes of both families as numbers. */

export type Family = 4 | 6

export interface Address {
  readonly family: Family
  readonly bits: bigint
}

/** An address with the length of its prefix. */
export interface Prefix {
  readonly address: Address
  readonly length: number
}

const WIDTH = { 4: 32, 6: 128 } as const
const GROUP = /^[0-9a-f]{1,4}$/i

/** The address that a text is; undefined: it is none. */
export function ipOf(text: string): Address | undefined {
  if (text.includes(':')) return ipv6Of(text)
  const parts = text.split('.')
  const isPart = (part: string) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256
  if (parts.length !== 4 || !parts.every(isPart)) return undefined
  return { family: 4, bits: joined(parts.map(BigInt), 8) }
}

/** Eight groups, of which one run may be `::`; the last two may be an IPv4 address. */
function ipv6Of(text: string): Address | undefined {
  const [, front, dotted] = /^(.*:)([\d.]+)$/.exec(text) ?? []
  const last = dotted?.includes('.') ? ipOf(dotted) : undefined
  if (dotted?.includes('.') && last === undefined) return undefined
  const hex = (bits: bigint) => bits.toString(16)
  const whole = last ? `${front}${hex(last.bits >> 16n)}:${hex(last.bits & 0xffffn)}` : text
  const halves = whole.split('::').map(half => (half === '' ? [] : half.split(':')))
  const [left = [], right] = halves
  const missing = 8 - left.length - (right?.length ?? 0)
  if (halves.length > 2 || (right === undefined ? missing !== 0 : missing < 1)) return undefined
  const groups = [...left, ...Array<string>(missing).fill('0'), ...(right ?? [])]
  if (!groups.every(group => GROUP.test(group))) return undefined
  return {
    family: 6,
    bits: joined(
      groups.map(group => BigInt(`0x${group}`)),
      16,
    ),
  }
}

const joined = (parts: readonly bigint[], width: number) =>
  parts.reduce((sum, part) => (sum << BigInt(width)) | part, 0n)

/** The prefix that a text is: an address and a length that its family has. */
export function prefixOf(text: string): Prefix | undefined {
  const [front = '', length = '', ...rest] = text.split('/')
  const address = ipOf(front)
  const isLength = /^(0|[1-9]\d{0,2})$/.test(length) && Number(length) <= WIDTH[address?.family ?? 4]
  return address !== undefined && isLength && rest.length === 0
    ? { address, length: Number(length) }
    : undefined
}

/** Why a text is not a prefix, as a phrase that follows a colon. */
export function prefixProblem(text: string): string {
  const [address = '', length] = text.split('/')
  const withoutZeros = address.replace(/\b0+(?=\d)/g, '')
  if (ipOf(address) === undefined && ipOf(withoutZeros) !== undefined)
    return `leading zeros are not allowed in \`${address}\``
  if (ipOf(address) === undefined) return `\`${address}\` is not an IP address`
  if (length === undefined) return 'it has no length of a prefix'
  if (!/^\d+$/.test(length)) return `\`${length}\` is not the length of a prefix`
  if (/^0\d/.test(length)) return 'leading zeros are not allowed in the length'
  return `a prefix has at most ${address.includes(':') ? 128 : 32} bits`
}

/** The canonical text: four numbers, or RFC 5952's form. */
export function ipText({ family, bits }: Address): string {
  const part = (at: number, width: number) => (bits >> BigInt(at * width)) & ((1n << BigInt(width)) - 1n)
  if (family === 4) return [3, 2, 1, 0].map(at => part(at, 8)).join('.')
  const groups = [7, 6, 5, 4, 3, 2, 1, 0].map(at => part(at, 16).toString(16))
  // An IPv4 address in IPv6 keeps its form.
  if (bits >> 32n === 0xffffn) return `::ffff:${ipText({ family: 4, bits: bits & 0xffffffffn })}`
  const text = groups.join(':')
  // The longest run of two zeros or more, the first of equal ones.
  const runs = text.match(/\b0(:0)+\b/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return text
  const at = text.search(new RegExp(`(?<![0-9a-f])${longest}(?![0-9a-f])`))
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`
}

/** `192.0.2.0/24`: the network of an address. */
export const networkText = (prefix: Prefix): string => `${ipText(firstOf(prefix))}/${prefix.length}`

const sizeOf = ({ address, length }: Prefix) => 1n << BigInt(WIDTH[address.family] - length)

/** Length of a prefix that is one address. */
export const widthOf = ({ family }: Address): number => WIDTH[family]

/** First address: the network itself. */
export function firstOf(prefix: Prefix): Address {
  const size = sizeOf(prefix)
  return { family: prefix.address.family, bits: (prefix.address.bits / size) * size }
}

/** Last address; of IPv4 the broadcast address. */
export function lastOf(prefix: Prefix): Address {
  return { family: prefix.address.family, bits: firstOf(prefix).bits + sizeOf(prefix) - 1n }
}

export const isSame = (a: Address, b: Address): boolean => a.family === b.family && a.bits === b.bits

export function contains(prefix: Prefix, address: Address): boolean {
  return (
    prefix.address.family === address.family &&
    address.bits >= firstOf(prefix).bits &&
    address.bits <= lastOf(prefix).bits
  )
}

/** Whether all addresses of the second network are in the first. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  return contains(outer, firstOf(inner)) && contains(outer, lastOf(inner))
}

export function overlap(a: Prefix, b: Prefix): boolean {
  return (
    a.address.family === b.address.family &&
    firstOf(a).bits <= lastOf(b).bits &&
    firstOf(b).bits <= lastOf(a).bits
  )
}
