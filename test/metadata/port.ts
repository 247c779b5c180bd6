import { spawn } from 'node:child_process'
import { createServer, Server } from 'node:net'
import type { Inside } from '../../src/vm/vm.ts'

/** Where a server listens. */
export type Place = {
  /** Absent: the loopback address. */
  address?: string
  /** Absent: one that is free. */
  port?: number
  /** The network namespace that the port is in; absent: this process's. */
  inside?: Inside
}

/** A port that is open. Nobody takes its connections yet. */
export function openPort({ address = '127.0.0.1', port = 0, inside }: Place): Promise<Server> {
  return inside ? openInside(address, port, inside) : openHere(address, port)
}

function openHere(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port }, () => resolve(server))
  })
}

/** Programs of this checkout start in its folder. */
const LISTEN_INSIDE = 'test/metadata/listen-inside.mjs'

/** A process cannot enter a namespace and keep its threads, but an open port can be handed over. */
function openInside(address: string, port: number, inside: Inside): Promise<Server> {
  const [program = '', ...rest] = inside([process.execPath, LISTEN_INSIDE, address, String(port)])
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.once('error', reject)
    child.once('message', (message, handle) =>
      handle instanceof Server ? resolve(handle) : reject(new Error(`${address}:${port}: ${message}`)),
    )
    child.once('exit', code => code !== 0 && reject(new Error(`${address}:${port} is not opened: ${code}`)))
  })
}
