/** Addresses of servers: host and port, or a URL of the web. */
import { betterHost, type FormProblem, hostProblem, isHost } from './host.ts'

export interface AddressParts {
  /** In lower case and with its slashes; empty: none. */
  readonly scheme: string
  readonly host: string
  readonly port: string | undefined
  readonly path: string
}

/** Of what is meant as host and port, or as an address of the web. The brackets of an IPv6 address are part of the host. */
export function partsOf(address: string): AddressParts {
  const [, scheme = '', rest = '', path = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?([^/]*)(.*)$/is.exec(address) ?? []
  const colon = rest.lastIndexOf(':')
  const hasPort = colon !== -1 && !rest.endsWith(']') && !/^[0-9a-f:]*::[0-9a-f:.]*$/i.test(rest)
  return {
    scheme: scheme.toLowerCase(),
    host: hasPort ? rest.slice(0, colon) : rest,
    port: hasPort ? rest.slice(colon + 1) : undefined,
    path,
  }
}

export function isPort(port: string): boolean {
  return /^[1-9]\d{0,4}$/.test(port) && Number(port) < 65_536
}

/** Why a text is not a URL of http or https with a host. That of a proxy has no path, and is usually one of http. */
export function webAddressProblem(text: string, of: 'server' | 'proxy'): FormProblem | undefined {
  if (/\s/.test(text)) return { why: 'it contains a space', better: undefined }
  // None of it is repeated: before the @ is a password.
  if (text.includes('@'))
    return { why: 'it contains a user name; credentials have a key of their own', better: undefined }
  const { scheme, host, port, path } = partsOf(text)
  const why = hostProblem(host)?.replace('it is', 'its host is')
  const meant = betterHost(host) ?? host
  const isServer = isHost(meant) && (port === undefined || isPort(port))
  const better = isServer
    ? `${scheme || (of === 'proxy' ? 'http://' : 'https://')}${meant}${port === undefined ? '' : `:${port}`}`
    : undefined
  if (scheme === '') return { why: 'it starts with neither https:// nor http://', better }
  if (scheme !== 'https://' && scheme !== 'http://')
    return { why: `it is of ${scheme.slice(0, -3)}, not of https or http`, better: undefined }
  if (why !== undefined) return { why, better }
  if (port !== undefined && !isPort(port))
    return { why: `${port === '' ? 'an empty string' : port} is not a port`, better }
  if (/[?#]/.test(path)) return { why: 'it has a query or a fragment', better: undefined }
  return path !== '' && of === 'proxy' ? { why: 'it has a path', better } : undefined
}
