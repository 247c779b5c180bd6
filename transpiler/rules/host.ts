/** Names and addresses of other machines. */
import { DNS_LABEL } from './dns-name.ts'

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
  if (/^\[?[0-9a-f:.]*:[0-9a-f:.]*\]?$/i.test(text)) return 'Keel supports only IPv4'
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
