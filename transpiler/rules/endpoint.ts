/** A host and a port, both written out. */
import { betterUrlHost, type FormProblem, isUrlHost } from './host.ts'
import { isPort, partsOf, serverProblem } from './web-address.ts'

/** Why a text is not a host and a port, as a phrase that follows a colon, and what was probably meant. */
export function endpointProblem(text: string): FormProblem | undefined {
  const { scheme, host, port, path } = partsOf(text)
  const meant = betterUrlHost(host) ?? host
  const better = port !== undefined && isUrlHost(meant) && isPort(port) ? `${meant}:${port}` : undefined
  if (better === text) return undefined
  if (scheme !== '') return { why: 'it is a web address', better }
  if (path !== '') return { why: 'it has a path', better }
  return { why: serverProblem(host, port) ?? 'it has no port', better }
}
