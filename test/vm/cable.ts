/** Cables between machines, which pass on every frame: a bridge of Linux keeps those of LACP to itself. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Stream } from '../../src/vm/qemu-network.ts'
import { tempDir } from '../temp-dir.ts'

const LENGTH = 4

/** Opens one, and returns what a card at each end is plugged into. It is gone when the test is over. */
export async function openCable(): Promise<readonly [Stream, Stream]> {
  const dir = tempDir()
  const [one, other] = [await endAt(join(dir, 'one')), await endAt(join(dir, 'other'))]
  one.hear(other.send)
  other.hear(one.send)
  return [
    { kind: 'stream', path: one.path },
    { kind: 'stream', path: other.path },
  ]
}

/** One end of a cable. Frames for one that is not plugged in are lost. */
export async function endAt(path: string) {
  let plugged: Socket | undefined
  let heard: (frame: Buffer) => void = () => {}
  const server = createServer(socket => {
    plugged = socket
    let rest: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', bytes => {
      rest = Buffer.concat([rest, bytes])
      while (rest.length >= LENGTH && rest.length >= LENGTH + rest.readUInt32BE(0)) {
        const end = LENGTH + rest.readUInt32BE(0)
        heard(rest.subarray(LENGTH, end))
        rest = rest.subarray(end)
      }
    })
  })
  server.listen(path)
  await once(server, 'listening')
  onTestFinished(() => {
    plugged?.destroy()
    server.close()
  })
  return {
    path,
    hear: (listener: (frame: Buffer) => void) => {
      heard = listener
    },
    send: (frame: Buffer) => {
      const length = Buffer.alloc(LENGTH)
      length.writeUInt32BE(frame.length)
      plugged?.write(Buffer.concat([length, frame]))
    },
  }
}
