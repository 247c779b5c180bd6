/** Names and addresses of other machines. */
import { DNS_LABEL } from './dns-name.ts'
import { ipOf } from './ip.ts'

/** A phrase that follows a colon, and what was probably meant. */
export interface FormProblem {
  readonly why: string
  readonly better: string | undefined
}

const LABEL = new RegExp(DNS_LABEL, 'i')

export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
}

/** A DNS name or an IPv4 address. What is all digits and dots is meant as an address. */
export function isHost(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return isIpv4(text)
  return text.length <= 253 && text.split('.').every(label => LABEL.test(label))
}

/** Why a string is not a host, as a phrase that follows a colon. */
export function hostProblem(text: string): string | undefined {
  if (isHost(text)) return undefined
  if (text === '') return 'it has no host'
  if (/^\[?[0-9a-f:.]*:[0-9a-f:.]*\]?$/i.test(text)) return 'an IPv6 address is not supported here'
  if (/\s/.test(text)) return 'it contains a space'
  if (text.endsWith('.') && isHost(text.slice(0, -1))) return 'it ends with a dot'
  return 'it is neither a host name nor an IPv4 address'
}

/** The host that was probably meant by an invalid one: without the last dot, or the IPv4 address inside an IPv6 one. */
export function betterHost(text: string): string | undefined {
  const [, mapped] = /^\[?::ffff:([\d.]+)\]?$/i.exec(text) ?? []
  const better = mapped ?? text.replace(/\.$/, '')
  return better !== text && isHost(better) ? better : undefined
}

/** A host before a port or in a URL, where an IPv6 address has brackets. */
export function isUrlHost(text: string): boolean {
  return isHost(text) || (/^\[.*\]$/.test(text) && isPlainIpv6(text.slice(1, -1)))
}

/** Why a string is not such a host, as a phrase that follows a colon. */
export function urlHostProblem(text: string): string | undefined {
  if (isUrlHost(text)) return undefined
  const address = ipOf(withoutBrackets(text))
  if (address?.family !== 6) return isIpv6Like(text) ? 'it is not an IPv6 address' : hostProblem(text)
  return isPlainIpv6(text)
    ? 'an IPv6 address has brackets there'
    : 'it is an IPv4 address in the form of IPv6'
}

/** The same as `betterHost` for such a host. */
export function betterUrlHost(text: string): string | undefined {
  return betterHost(text) ?? (isPlainIpv6(text) ? `[${text}]` : undefined)
}

/** A host alone, where an IPv6 address has no brackets. */
export function isLoneHost(text: string): boolean {
  return isHost(text) || isPlainIpv6(text)
}

/** Why a string is not such a host, as a phrase that follows a colon. */
export function loneHostProblem(text: string): string | undefined {
  if (isLoneHost(text)) return undefined
  if (/^\[?[0-9a-f:.]*:[0-9a-f:.]*%/i.test(text)) return 'it has an interface after its address'
  const inner = withoutBrackets(text)
  if (isPlainIpv6(inner)) return 'an IPv6 address has no brackets here'
  if (ipOf(inner)?.family === 6) return 'it is an IPv4 address in the form of IPv6'
  return isIpv6Like(text) ? 'it is not an IPv6 address' : hostProblem(text)?.replace('IPv4', 'IP')
}

/** The same as `betterHost` for such a host. */
export function betterLoneHost(text: string): string | undefined {
  const inner = withoutBrackets(text)
  return betterHost(text) ?? (inner !== text && isPlainIpv6(inner) ? inner : undefined)
}

export const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

const isIpv6Like = (text: string) => /^\[.*\]$|:.*:/.test(text)

/** An IPv4 address in the form of IPv6 is one that no server has. */
const isPlainIpv6 = (text: string): boolean => {
  const address = ipOf(text)
  return address?.family === 6 && address.bits >> 32n !== 0xffffn
}
