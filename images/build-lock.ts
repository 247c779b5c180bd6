import { createHash } from 'node:crypto'
import { connect, createServer, type Server } from 'node:net'

/** Abstract socket names belong to a live process: a build that is killed leaves no lock behind whose age would have to be checked. */
const nameOf = (cache: string): string =>
  `\0keel-build-${createHash('sha256').update(cache).digest('hex').slice(0, 32)}`

/** Lets one build at a time work in a cache folder; the others wait for it to end, and say so. */
export async function withBuildLock<T>(
  cache: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const server = await acquire(nameOf(cache), onWait)
  try {
    return await work()
  } finally {
    await new Promise<void>(resolve => {
      server.close(() => resolve())
      for (const waiting of held) waiting.destroy()
    })
  }
}

const held = new Set<import('node:net').Socket>()

async function acquire(name: string, onWait: () => void): Promise<Server> {
  for (let isFirst = true; ; isFirst = false) {
    const server = await listen(name)
    if (server) return server
    if (isFirst) onWait()
    await untilReleased(name)
  }
}

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => {
      held.add(socket)
      socket.on('close', () => held.delete(socket)).on('error', () => socket.destroy())
    })
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(name, () => resolve(server))
  })
}

/** The holder of the lock accepts and says nothing; the connection ends with its build. */
function untilReleased(name: string): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(name)
    socket.on('error', () => resolve()).on('close', () => resolve())
    socket.resume()
  })
}
