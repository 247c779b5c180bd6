/** Pushes an image to a registry by its API (OCI distribution spec, "Push"). */
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { digestOf, type Image } from './image.ts'

/** What makes a new connection to the registry. */
type Connect = () => Promise<Socket>

/** `name` has a tag, as in `library/demo:1`. */
export async function push(connect: Connect, name: string, image: Image): Promise<void> {
  const [repository = '', tag = ''] = name.split(':')
  for (const blob of image.blobs) {
    const location = await send(connect, 'POST', `/v2/${repository}/blobs/uploads/`, 202)
    const upload = new URL(location, 'http://registry')
    upload.searchParams.set('digest', digestOf(blob))
    await send(connect, 'PUT', upload.pathname + upload.search, 201, { bytes: blob })
  }
  const body = { bytes: image.manifest, type: image.mediaType }
  await send(connect, 'PUT', `/v2/${repository}/manifests/${tag}`, 201, body)
}

type Body = { bytes: Buffer; type?: string }

/** Sends one request, which must be answered with this status; where to go on from there. */
async function send(
  connect: Connect,
  method: 'POST' | 'PUT',
  path: string,
  expected: number,
  { bytes, type = 'application/octet-stream' }: Body = { bytes: Buffer.alloc(0) },
): Promise<string> {
  const socket = await connect()
  const headers = { host: 'registry', 'content-type': type, 'content-length': bytes.length }
  return new Promise((resolve, reject) => {
    const sent = request({ createConnection: () => socket, method, path, headers }, answer => {
      if (answer.statusCode === expected) resolve(answer.headers.location ?? '')
      else reject(new Error(`${method} ${path}: ${answer.statusCode}`))
      socket.destroy()
    })
    sent.on('error', reject).end(bytes)
  })
}
