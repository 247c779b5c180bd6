// Runs inside of a network namespace, for as long as it takes to open a port there: the open port goes to the process that started
// this one, which serves it from outside. No dependencies: it is run as it is.
import { createServer } from 'node:net'

const [address, port] = process.argv.slice(2)
const server = createServer()
server.on('error', error => process.send(error.message, () => process.exit(1)))
server.listen({ host: address, port: Number(port) }, () =>
  process.send('listening', server, undefined, () => process.exit(0)),
)
