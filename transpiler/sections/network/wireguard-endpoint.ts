/** Where a peer of a tunnel is. */
import { endpointProblem } from '../../rules/endpoint.ts'
import { withoutBrackets } from '../../rules/host.ts'
import { partsOf } from '../../rules/web-address.ts'

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
