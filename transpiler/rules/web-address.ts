/** Addresses of servers: host and port, or a URL of the web. */
import { betterUrlHost, type FormProblem, isUrlHost, urlHostProblem } from './host.ts'

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

/** Why there is no such port, as a phrase that follows a colon. */
export function portProblem(port: string | undefined): string | undefined {
  return port === undefined || isPort(port)
    ? undefined
    : `${port === '' ? 'an empty string' : port} is not a port`
}

/** Why no server can be there, as a phrase that follows a colon. */
export function serverProblem(host: string, port: string | undefined): string | undefined {
  return urlHostProblem(host)?.replace('it is', 'its host is') ?? portProblem(port)
}

export function withPort(host: string, port: string | undefined): string {
  return port === undefined ? host : `${host}:${port}`
}

/** A scheme with a slash or the colon too few, or too many. */
const MISSPELLED = /^(https?)(?::\/*(?=[^\s/:]*[a-z.])|\/\/+)/i

/** Why a text is not a URL of http or https with a host. That of a proxy has no path, and is usually one of http. */
export function webAddressProblem(text: string, of: 'server' | 'proxy'): FormProblem | undefined {
  if (/\s/.test(text)) return { why: 'it contains a space', better: withoutProblem(text.trim(), of) }
  if (text.includes('@'))
    return { why: 'it contains a user name; credentials have a key of their own', better: undefined }
  const { scheme, host, port, path } = partsOf(text)
  const why = serverProblem(host, port)
  const better = betterAddress(text, of)
  if (scheme === '') return { why: 'it starts with neither https:// nor http://', better }
  if (scheme !== 'https://' && scheme !== 'http://')
    return { why: `it is of ${scheme.slice(0, -3)}, not of https or http`, better: undefined }
  // containerd takes it for the name of a host.
  if (!text.startsWith(scheme)) return { why: `${scheme} is written in small letters`, better }
  if (why !== undefined) return { why, better }
  if (/[?#]/.test(path)) return { why: 'it has a query or a fragment', better: undefined }
  if (path !== '' && of === 'proxy') return { why: 'it has a path', better }
  // It is not encoded again for a request: what has to be, cannot be sent.
  if (path.includes('%'))
    return { why: 'it has a percent sign in its path, which containerd decodes', better: undefined }
  return hasControl(path) ? { why: 'it contains a control character', better: undefined } : undefined
}

/** What was probably meant: with a scheme, in its own spelling, with another host; a proxy has no path. */
function betterAddress(text: string, of: 'server' | 'proxy'): string | undefined {
  const [, spelled] = MISSPELLED.exec(text) ?? []
  const { scheme, host, port, path } = partsOf(
    spelled === undefined ? text : text.replace(MISSPELLED, `${spelled.toLowerCase()}://`),
  )
  const meant = `${scheme || (of === 'proxy' ? 'http://' : 'https://')}${betterUrlHost(host) ?? host}`
  const better = `${meant}${port ? `:${port}` : ''}${of === 'proxy' ? '' : path}`
  return better === text ? undefined : withoutProblem(better, of)
}

function withoutProblem(text: string, of: 'server' | 'proxy'): string | undefined {
  const { scheme, host, port, path } = partsOf(text)
  const isServer = isUrlHost(host) && portProblem(port) === undefined
  const isPath = of === 'server' ? !/[\s?#%@]/.test(path) && !hasControl(path) : path === ''
  return isServer && isPath && text.startsWith(scheme) && /^https?:\/\/$/.test(scheme) ? text : undefined
}

/** What no terminal shows. */
export function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
