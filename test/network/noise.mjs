// Sends packets that are not DHCP from the server's port to the client's, forever: random bytes, and random bytes after a good beginning.
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'

const [target = ''] = process.argv.slice(2)
const socket = createSocket({ type: 'udp4', reuseAddr: true })
socket.bind(67, () => {
  socket.setBroadcast(true)
  setInterval(() => {
    const length = 1 + (randomBytes(2).readUInt16BE() % 600)
    const noise = randomBytes(length)
    const beginning = Buffer.concat([
      Buffer.from([2, 1, 6, 0]),
      Buffer.alloc(232),
      Buffer.from([99, 130, 83, 99]),
    ])
    socket.send(noise, 68, target)
    socket.send(Buffer.concat([beginning, noise]), 68, target)
  }, 5)
})
