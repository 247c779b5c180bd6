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
  target.on('error', () => client.destroy()).on('close', () => client.destroy())
  client.on('error', () => target.destroy()).on('close', () => target.destroy())
})
server.listen(process.argv[2])
