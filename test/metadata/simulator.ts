import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Identity } from '../../src/kubelet/pki.ts'
import { type Answer, type Service, serviceOf } from './answer.ts'
import { FAULT_ACTIONS, type Fault } from './fault.ts'
import { openPort, type Place } from './port.ts'
import type { Profile } from './profile.ts'

/** One request, in the order of arrival. */
export type Request = {
  method: string
  /** With its query. */
  path: string
  /** What was answered; 0 while nothing was. */
  status: number
  /** Names are lower case. */
  headers: Record<string, string>
  /** The address that the client connected to. */
  to: string
  /** The client's port. */
  port: number | undefined
  /** What the client brought. */
  body: string
}

/** A metadata service, or a plain web server, that does what its profile says until a fault strikes. */
export type Simulator = {
  port: number
  requests: Request[]
  /** Resolves once it has been asked so many times. */
  asked(times: number): Promise<void>
  close(): Promise<void>
}

export type SimulatorOptions = {
  profile: Profile
  /** The bytes of the document; absent: nobody gave the machine one. */
  document?: Buffer | string | undefined
  faults?: Fault[] | undefined
  at?: Place | undefined
  /** With a certificate it speaks TLS. */
  tls?: Identity | undefined
}

/** Starts answering. */
export async function startSimulator(wanted: SimulatorOptions): Promise<Simulator> {
  const requests: Request[] = []
  const waiting: { times: number; resolve: () => void }[] = []
  const answerTo = answering(wanted)
  const web = webServer(wanted.tls, async (incoming, response) => {
    const request = requestOf(incoming)
    requests.push(request)
    for (const { times, resolve } of waiting) if (requests.length >= times) resolve()
    // Also because a server that closes over unread bytes resets the connection.
    request.body = await text(incoming).catch(() => '')
    response.on('error', () => {})
    await answerTo(request, response)
  })
  const port = await openPort(wanted.at ?? {})
  // The web server does not listen itself, so it does not know its connections either.
  const sockets = new Set<Socket>()
  port.on('connection', socket => {
    sockets.add(socket.once('close', () => sockets.delete(socket)))
    web.emit('connection', socket)
  })
  return {
    port: (port.address() as AddressInfo).port,
    requests,
    asked: times =>
      new Promise(resolve => {
        if (requests.length >= times) resolve()
        else waiting.push({ times, resolve })
      }),
    close: () =>
      new Promise(resolve => {
        port.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function webServer(tls: Identity | undefined, listener: RequestListener): Server {
  return tls ? createTlsServer({ cert: tls.certificate, key: tls.key }, listener) : createServer(listener)
}

function requestOf(incoming: IncomingMessage): Request {
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    status: 0,
    headers: Object.fromEntries(headers) as Record<string, string>,
    to: incoming.socket.localAddress ?? '',
    port: incoming.socket.remotePort,
    body: '',
  }
}

type AnswerTo = (request: Request, response: ServerResponse) => void | Promise<void>

/** The service's answer, or what the first fault that is left on it makes of it. */
function answering({ profile, document, faults = [] }: SimulatorOptions): AnswerTo {
  const service = serviceOf(profile, document === undefined ? undefined : Buffer.from(document))
  const left = faults.map(fault => ({ ...fault, times: fault.times ?? Number.POSITIVE_INFINITY }))
  return async (request, response) => {
    const answer = service.answer({ ...request, url: request.path })
    const isRight = answer.status < 400
    const fault = left.find(({ on = 'document', times }) => isRight && on === answer.what && times > 0)
    const done = fault ? strike(fault, service, response, answer) : send(response, answer)
    request.status = response.headersSent ? response.statusCode : 0
    await done
  }
}

function strike(
  fault: Fault & { times: number },
  service: Service,
  response: ServerResponse,
  answer: Answer,
) {
  fault.times -= 1
  if (fault.kind === 'expire-tokens') service.expireTokens()
  return FAULT_ACTIONS[fault.kind](response, answer, fault)
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
}
