// Runs inside of a cluster's network. A Unix socket is a file, which every process of the host reaches, whatever its network:
// each CONNECT that comes there is taken on to its target.
import { createServer } from 'node:http'
import { connect } from 'node:net'

const server = createServer()
server.on('connect', (request, client, head) => {
  const { hostname, port } = new URL(`http://${request.url}`)
  const target = connect({ host: hostname, port: Number(port) || 80 }, () => {
    client.write('HTTP/1.1 200 connected\r\n\r\n')
    target.write(head)
    client.pipe(target)
    target.pipe(client)
  })
  follow(target, client)
  follow(client, target)
})

/** When one side is over so is the other, but not before it has been given all that was said. */
function follow(one, other) {
  one.on('error', () => {}).on('close', failed => (failed ? other.destroy() : other.end()))
}

server.listen(process.argv[2])
