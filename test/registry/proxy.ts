/** A forward proxy (RFC 9110: CONNECT, and targets in absolute form) that notes what it is asked for. */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Credentials, SITE_ADDRESS, type Site } from './site.ts'

export interface ProxyOptions {
  readonly port: number
  /** Wanted of everybody; absent: nothing is. */
  readonly credentials?: Credentials
  /** Hosts that only the proxy knows, with their ports, and where they are: `registry.lab:443` is at `127.0.0.1:5003`. */
  readonly hosts?: Readonly<Record<string, string>>
}

export interface ForwardProxy {
  readonly url: string
  /** What it was asked for, as in `CONNECT registry.lab:443` or `GET plain.lab:80`. */
  readonly asked: string[]
  /** The same of those that it sent away, because they showed no credentials or wrong ones. */
  readonly refused: string[]
}

const CHALLENGE = 'Basic realm="proxy"'
const BAD_GATEWAY = 502
const UNAUTHENTICATED = 407

export async function startProxy(site: Site, options: ProxyOptions): Promise<ForwardProxy> {
  const { port, credentials, hosts = {} } = options
  const wanted = credentials && basicOf(credentials)
  const [asked, refused]: [string[], string[]] = [[], []]
  const admits = ({ method, headers }: IncomingMessage, target: string): boolean => {
    const isRight = wanted === undefined || headers['proxy-authorization'] === wanted
    const list = isRight ? asked : refused
    list.push(`${method} ${target}`)
    return isRight
  }
  const reach = (target: string): Promise<Socket> => {
    const { hostname, port } = new URL(`http://${hosts[target] ?? target}`)
    return site.connect(hostname, Number(port) || 80)
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '')
    const target = `${url.hostname}:${url.port || 80}`
    if (!admits(request, target))
      return response.writeHead(UNAUTHENTICATED, { 'proxy-authenticate': CHALLENGE }).end()
    reach(target).then(
      there => pass(request, response, url, there),
      () => response.writeHead(BAD_GATEWAY).end(),
    )
  })
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    const target = request.url ?? ''
    if (!admits(request, target))
      return client.end(`HTTP/1.1 ${UNAUTHENTICATED} no\r\nProxy-Authenticate: ${CHALLENGE}\r\n\r\n`)
    reach(target).then(
      there => join(client, there),
      () => client.end(`HTTP/1.1 ${BAD_GATEWAY} no\r\n\r\n`),
    )
  })
  const open = await site.open(port)
  open.on('connection', socket => server.emit('connection', socket))
  onTestFinished(() => {
    open.close()
    server.closeAllConnections()
  })
  return { url: `http://${SITE_ADDRESS}:${port}`, asked, refused }
}

/** As a client shows a user and a password. */
export const basicOf = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

function pass(request: IncomingMessage, response: ServerResponse, url: URL, there: Socket): void {
  const { 'proxy-authorization': _, ...headers } = request.headers
  const { method } = request
  const path = url.pathname + url.search
  const onward = send({ createConnection: () => there, method, path, headers }, answer => {
    response.writeHead(answer.statusCode ?? BAD_GATEWAY, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}

/** Two ends of a tunnel: what one says the other hears, until one of them is gone. */
function join(client: Socket, there: Socket): void {
  client.write('HTTP/1.1 200 connected\r\n\r\n')
  client.pipe(there).pipe(client)
  client.on('error', () => there.destroy()).on('close', () => there.destroy())
  there.on('error', () => client.destroy()).on('close', () => client.end())
}
