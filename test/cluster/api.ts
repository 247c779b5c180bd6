/** Asking a cluster's API server from outside of its network, through the relay. */
import { request as httpRequest } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { connect } from 'node:tls'
import { parse } from 'yaml'

/** The server and the client in a kubeconfig, all PEM. */
export interface Access {
  readonly host: string
  readonly port: number
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface Answer {
  readonly status: number
  readonly body: string
}

export function accessIn(kubeconfig: string): Access {
  const { clusters, users } = parse(kubeconfig)
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster
  const { 'client-certificate-data': cert, 'client-key-data': key } = users[0].user
  const pem = (text: string) => Buffer.from(text, 'base64').toString()
  const { hostname, port } = new URL(server)
  return { host: hostname, port: Number(port), ca: pem(ca), cert: pem(cert), key: pem(key) }
}

/** A connection through the relay whose socket file is `relay`. */
export function tunnel(relay: string, host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    httpRequest({ socketPath: relay, method: 'CONNECT', path: `${host}:${port}` })
      .on('connect', (_, socket) => resolve(socket))
      .on('error', reject)
      .end()
  })
}

export async function get(relay: string, access: Access, path: string, signal: AbortSignal): Promise<Answer> {
  const options = await optionsFor(relay, access, path, signal)
  return new Promise((resolve, reject) => {
    request(options, answer => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body })).on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

/** The first state of an object that `wanted` accepts: the one it has now, or a later one. `path` asks for a watch. */
export async function watchFor<T>(
  relay: string,
  access: Access,
  path: string,
  wanted: (object: T) => boolean,
  signal: AbortSignal,
): Promise<T> {
  const options = await optionsFor(relay, access, path, signal)
  return new Promise((resolve, reject) => {
    const asked = request(options, answer => {
      const lines = createInterface({ input: answer }).on('line', line => {
        const { object } = JSON.parse(line) as { object: T }
        if (!wanted(object)) return
        resolve(object)
        asked.destroy()
      })
      // The end of the connection, which is ours too, is an error for its reader.
      lines.on('error', reject)
      answer.on('close', () => reject(new Error(`the watch ${path} ended (${answer.statusCode})`)))
    })
    asked.on('error', error => reject(new Error(`the watch ${path} found nothing: ${error.message}`))).end()
  })
}

async function optionsFor(
  relay: string,
  access: Access,
  path: string,
  signal: AbortSignal,
): Promise<RequestOptions> {
  const { host, port, ca, cert, key } = access
  const socket = await tunnel(relay, host, port)
  return { host, port, path, signal, createConnection: () => connect({ socket, host, ca, cert, key }) }
}
