import type { ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { Answer } from './answer.ts'

/** What goes wrong with an answer. */
export type Kind =
  /** Another status, as 503 or 429, with headers of its own. */
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  /** The request is read and never answered. */
  | { kind: 'silence' }
  /** Half of the body that content-length promises, then the end of the connection. */
  | { kind: 'cut' }
  /** The connection is reset instead of an answer. */
  | { kind: 'reset' }
  /** One byte of the body in a while. */
  | { kind: 'trickle' }
  /** A body that never ends. */
  | { kind: 'endless' }
  /** No content-length: the body comes in pieces. */
  | { kind: 'chunked' }
  /** 200 and not one byte. */
  | { kind: 'empty' }
  | { kind: 'redirect'; to: string }
  /** The tokens expire before the request is looked at. */
  | { kind: 'expire-tokens' }

/** A fault and where it strikes: on which part of the service, absent the document, and how many times, absent always. */
export type Fault = Kind & { on?: Answer['what']; times?: number }

type FaultAction = (response: ServerResponse, answer: Answer, fault: Fault) => void | Promise<void>

/** How each kind answers. */
export const FAULT_ACTIONS: Record<Kind['kind'], FaultAction> = {
  status: (response, answer, fault) => {
    if (fault.kind !== 'status') return
    response.writeHead(fault.status, { ...answer.headers, 'content-length': 0, ...fault.headers }).end()
  },
  silence: () => {},
  cut: (response, { status, headers, body }) => {
    response.writeHead(status, { ...headers, 'content-length': body.length })
    response.write(body.subarray(0, body.length / 2), () => response.socket?.end())
  },
  reset: response => {
    response.socket?.resetAndDestroy()
  },
  trickle: async (response, { status, headers, body }) => {
    response.writeHead(status, { ...headers, 'content-length': body.length })
    for (const byte of body) {
      if (response.destroyed) return
      response.write(Buffer.of(byte))
      await setTimeout(TRICKLE_MS)
    }
    response.end()
  },
  endless: async (response, { status, headers }) => {
    response.writeHead(status, headers)
    // Spaces are legal at the end of a JSON document, so only the size is wrong.
    const piece = Buffer.alloc(64 * 1024, ' ')
    while (!response.destroyed) await written(response, piece)
  },
  chunked: (response, { status, headers, body }) => {
    response.writeHead(status, headers)
    const third = Math.ceil(body.length / 3)
    for (let at = 0; at < body.length; at += third) response.write(body.subarray(at, at + third))
    response.end()
  },
  empty: (response, { headers }) => {
    response.writeHead(200, { ...headers, 'content-length': 0 }).end()
  },
  redirect: (response, answer, fault) => {
    if (fault.kind === 'redirect') response.writeHead(302, { ...answer.headers, location: fault.to }).end()
  },
  'expire-tokens': response => {
    response.writeHead(401, { 'content-length': 0 }).end()
  },
}

const TRICKLE_MS = 250

/** Resolves when the piece is handed on, or the client is gone. */
function written(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise(resolve => {
    response.once('close', resolve)
    response.write(piece, () => {
      response.removeListener('close', resolve)
      resolve()
    })
  })
}
