/** Where a peer of a tunnel is. */
import { betterUrlHost, type FormProblem, isUrlHost, withoutBrackets } from '../../rules/host.ts'
import { isPort, partsOf, serverProblem } from '../../rules/web-address.ts'

export interface Endpoint {
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
}

/** The host and port that a text is; undefined: it is none. */
export function endpointOf(text: string): Endpoint | undefined {
  if (endpointProblem(text) !== undefined) return undefined
  const { host, port } = partsOf(text)
  return { host: withoutBrackets(host), port: Number(port) }
}

/** Why a text is not an endpoint, as a phrase that follows a colon, and what was probably meant. */
export function endpointProblem(text: string): FormProblem | undefined {
  const { scheme, host, port, path } = partsOf(text)
  const meant = betterUrlHost(host) ?? host
  const better = port !== undefined && isUrlHost(meant) && isPort(port) ? `${meant}:${port}` : undefined
  if (better === text) return undefined
  if (scheme !== '') return { why: 'it is a web address', better }
  if (path !== '') return { why: 'it has a path', better }
  const problem = serverProblem(host, port)
  return { why: problem ?? 'it has no port', better }
}
