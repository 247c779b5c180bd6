import { X509Certificate } from 'node:crypto'
import { request as tlsRequest } from 'node:https'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { authority, serverIdentity } from '../../src/kubelet/pki.ts'
import { serviceOf } from '../metadata/answer.ts'
import { GOAL_STATE, WIRESERVER } from '../metadata/azure.ts'
import { bomb, packed, truncatedGzip } from '../metadata/pack.ts'
import { PLATFORMS, profileOf, WEB, WEB_PATH } from '../metadata/profile.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../metadata/simulator.ts'

const DOCUMENT = '{"apiVersion":"keel/v1"}\n'

async function start(wanted: SimulatorOptions): Promise<Simulator> {
  const simulator = await startSimulator({ document: DOCUMENT, ...wanted })
  onTestFinished(() => simulator.close())
  return simulator
}

const startPlatform = (platform: string, more: Partial<SimulatorOptions> = {}) =>
  start({ profile: profileOf(platform), ...more })

const at = ({ port }: Simulator, path: string) => `http://127.0.0.1:${port}${path}`

/** Status and body. */
async function get(
  simulator: Simulator,
  path: string,
  headers = {},
  method = 'GET',
): Promise<[number, string]> {
  const response = await fetch(at(simulator, path), { method, headers, redirect: 'manual' })
  return [response.status, await response.text()]
}

/** The right way to each platform's document, independent of the simulator. */
const WAYS = {
  azure: {
    path: '/metadata/instance/compute/userData?api-version=2021-01-01&format=text',
    headers: { Metadata: 'true' },
  },
  digitalocean: { path: '/metadata/v1/user-data', headers: {} },
  gcp: {
    path: '/computeMetadata/v1/instance/attributes/user-data',
    headers: { 'Metadata-Flavor': 'Google' },
  },
  hetzner: { path: '/hetzner/v1/userdata', headers: {} },
  openstack: { path: '/openstack/latest/user_data', headers: {} },
  oracle: {
    path: '/opc/v2/instance/metadata/user_data',
    headers: { Authorization: 'Bearer Oracle' },
  },
  vultr: { path: '/latest/user-data', headers: {} },
}

test.each(Object.entries(WAYS))('%s: the documented request brings the document', async (platform, way) => {
  const simulator = await startPlatform(platform)
  const isBase64 = profileOf(platform).document.encoding === 'base64'
  const wanted = isBase64 ? Buffer.from(DOCUMENT).toString('base64') : DOCUMENT
  expect(await get(simulator, way.path, way.headers)).toEqual([200, wanted])
  const unset = await startPlatform(platform, { document: undefined })
  const [status, body] = await get(unset, way.path, way.headers)
  expect([status, status === 200 ? body : '']).toEqual([
    platform === 'azure' || platform === 'hetzner' ? 200 : 404,
    '',
  ])
})

test.each(PLATFORMS)(
  '%s: an unknown path is not found, and a machine of it can be recognised',
  async platform => {
    const profile = profileOf(platform)
    expect(profile.smbios.length).toBeGreaterThan(0)
    expect(profile.uuid).toMatch(/^[0-9a-f-]{36}$/)
    const needed = profile.neededHeader
    const headers = needed ? { [needed.name]: needed.value } : {}
    const [status] = await get(await startPlatform(platform), '/nothing/here?api-version=2021-01-01', headers)
    expect(status).toBe(profile.token ? 401 : 404)
  },
)

const TTL = { 'X-aws-ec2-metadata-token-ttl-seconds': '60' }
const TOKEN = '/latest/api/token'

test('aws: a token first, by PUT, with a time to live, and never through a proxy', async () => {
  const simulator = await startPlatform('aws')
  expect((await get(simulator, '/latest/user-data'))[0]).toBe(401)
  expect((await get(simulator, TOKEN, TTL))[0]).toBe(401)
  expect((await get(simulator, TOKEN, {}, 'PUT'))[0]).toBe(400)
  expect((await get(simulator, TOKEN, { 'X-aws-ec2-metadata-token-ttl-seconds': '21601' }, 'PUT'))[0]).toBe(
    400,
  )
  expect((await get(simulator, '/2021-07-15/api/token', TTL, 'PUT'))[0]).toBe(403)
  expect((await get(simulator, TOKEN, { ...TTL, 'X-Forwarded-For': '192.0.2.1' }, 'PUT'))[0]).toBe(403)
  const [status, token] = await get(simulator, TOKEN, TTL, 'PUT')
  expect(status).toBe(200)
  const headers = { 'X-aws-ec2-metadata-token': token }
  expect(await get(simulator, '/2021-07-15/user-data', headers)).toEqual([200, DOCUMENT])
  expect(await get(simulator, '/latest/meta-data/instance-id', headers)).toEqual([200, 'i-0123456789abcdef0'])
  expect((await get(simulator, '/1999-01-01/user-data', headers))[0]).toBe(404)
  expect((await get(simulator, '/latest/user-data', { 'X-aws-ec2-metadata-token': 'x' }))[0]).toBe(401)
})

test('aws: an expired token is worth nothing until there is a new one', async () => {
  const simulator = await startPlatform('aws', { faults: [{ kind: 'expire-tokens', times: 1 }] })
  const ask = (token: string) => get(simulator, '/latest/user-data', { 'X-aws-ec2-metadata-token': token })
  const [, first] = await get(simulator, TOKEN, TTL, 'PUT')
  expect([(await ask(first))[0], (await ask(first))[0]]).toEqual([401, 401])
  const [, second] = await get(simulator, TOKEN, TTL, 'PUT')
  expect((await ask(second))[0]).toBe(200)
})

test('gcp and azure: without their header there is no answer, nor through a proxy', async () => {
  const gcp = await startPlatform('gcp')
  expect((await get(gcp, WAYS.gcp.path))[0]).toBe(403)
  expect((await get(gcp, WAYS.gcp.path, { ...WAYS.gcp.headers, 'X-Forwarded-For': 'a' }))[0]).toBe(403)
  const azure = await startPlatform('azure')
  expect((await get(azure, WAYS.azure.path))[0]).toBe(400)
  expect((await get(azure, '/metadata/instance/compute/userData', WAYS.azure.headers))[0]).toBe(400)
  const old = '/metadata/instance/compute/userData?api-version=2019-06-01&format=text'
  expect((await get(azure, old, WAYS.azure.headers))[0]).toBe(400)
})

test('oracle: without its header there is no answer, nor through a proxy', async () => {
  const oracle = await startPlatform('oracle')
  expect((await get(oracle, WAYS.oracle.path))[0]).toBe(403)
  const forwarded = { ...WAYS.oracle.headers, 'X-Forwarded-Host': 'a' }
  expect((await get(oracle, WAYS.oracle.path, forwarded))[0]).toBe(403)
})

test('akamai: a token first; who asks for JSON gets the facts as JSON and not the document', async () => {
  const akamai = await startPlatform('akamai')
  expect((await get(akamai, '/v1/user-data'))[0]).toBe(401)
  expect((await get(akamai, '/v1/token', {}, 'PUT'))[0]).toBe(400)
  const [, token] = await get(akamai, '/v1/token', { 'Metadata-Token-Expiry-Seconds': '300' }, 'PUT')
  const ask = (path: string, accept: string) => get(akamai, path, { 'Metadata-Token': token, Accept: accept })
  expect((await ask('/v1/user-data', 'application/json'))[0]).toBe(406)
  expect(await ask('/v1/user-data', '*/*')).toEqual([200, Buffer.from(DOCUMENT).toString('base64')])
  expect((await ask('/v1/instance', '*/*'))[1]).toMatch(/^label: worker-1$/m)
  expect(JSON.parse((await ask('/v1/instance', 'application/json'))[1])).toMatchObject({ label: 'worker-1' })
})

test('scaleway: the document is for clients with a port below 1024, the facts for all', async () => {
  const scaleway = await startPlatform('scaleway')
  expect((await get(scaleway, '/user_data/cloud-init'))[0]).toBe(403)
  expect((await get(scaleway, '/conf?format=json'))[0]).toBe(200)
  const service = serviceOf(profileOf('scaleway'), Buffer.from(DOCUMENT))
  const statusFrom = (port: number) =>
    service.answer({ method: 'GET', url: '/user_data/cloud-init', headers: {}, port }).status
  expect([statusFrom(1023), statusFrom(1024)]).toEqual([200, 403])
})

test('azure: the goal state is given and the report taken, in the right version and form only', async () => {
  const server = await start({ profile: WIRESERVER, document: GOAL_STATE })
  const version = { 'x-ms-version': '2012-11-30' }
  expect(await get(server, '/machine/?comp=goalstate', version)).toEqual([200, GOAL_STATE])
  expect((await get(server, '/machine/?comp=goalstate'))[0]).toBe(400)
  const post = async (query: string, headers = {}) =>
    (await fetch(at(server, `/machine/?${query}`), { method: 'POST', headers, body: '<Health/>' })).status
  const form = { ...version, 'content-type': 'text/xml; charset=utf-8' }
  expect(await post('comp=health', form)).toBe(200)
  expect(server.requests.at(-1)?.body).toBe('<Health/>')
  expect([await post('comp=other', form), await post('comp=health', version)]).toEqual([400, 400])
})

test('every request is noted in its order, with its response', async () => {
  const faults: SimulatorOptions['faults'] = [
    { kind: 'status', status: 503, headers: { 'retry-after': '1' }, times: 2 },
  ]
  const web = await start({ profile: WEB, faults })
  const seen = web.asked(3)
  const statuses = [
    (await get(web, WEB_PATH))[0],
    (await get(web, WEB_PATH))[0],
    (await get(web, WEB_PATH))[0],
  ]
  await seen
  expect(statuses).toEqual([503, 503, 200])
  expect(web.requests.map(({ method, path, status, to }) => [method, path, status, to])).toEqual([
    ['GET', WEB_PATH, 503, '127.0.0.1'],
    ['GET', WEB_PATH, 503, '127.0.0.1'],
    ['GET', WEB_PATH, 200, '127.0.0.1'],
  ])
  expect(web.requests[0]?.headers['host']).toBe(`127.0.0.1:${web.port}`)
})

test('faults of the body are seen on the wire', async () => {
  const wireOf = async (kind: 'cut' | 'chunked' | 'empty') =>
    onWire(await start({ profile: WEB, faults: [{ kind }] }))
  const cut = await wireOf('cut')
  expect(cut).toContain(`content-length: ${DOCUMENT.length}`)
  expect(cut.endsWith(DOCUMENT.slice(0, DOCUMENT.length / 2))).toBe(true)
  expect(await wireOf('chunked')).toMatch(/^transfer-encoding: chunked\r$/im)
  expect(await wireOf('empty')).toMatch(/200 OK[\s\S]*content-length: 0[\s\S]*\r\n\r\n$/)
  const redirect = await start({ profile: WEB, faults: [{ kind: 'redirect', to: 'http://198.51.100.7/' }] })
  expect(await onWire(redirect)).toMatch(/302[\s\S]*location: http:\/\/198\.51\.100\.7\//)
})

test('a silent, a resetting, a slow and an endless server end with the client’s patience', async () => {
  for (const kind of ['silence', 'trickle', 'endless', 'reset'] as const) {
    const web = await start({ profile: WEB, faults: [{ kind }] })
    const client = new AbortController()
    const text = fetch(at(web, WEB_PATH), { signal: client.signal }).then(answer => answer.text())
    const ended = expect(text, kind).rejects.toThrow()
    // On a busy machine a request takes a while; its patience begins when the server has it.
    await web.asked(1)
    AbortSignal.timeout(300).addEventListener('abort', () => client.abort())
    await ended
    const statuses = () => web.requests.map(({ status }) => status)
    await expect.poll(statuses, { message: kind }).toEqual([kind === 'silence' || kind === 'reset' ? 0 : 200])
  }
})

/** All that comes for one request, until the server closes. */
function onWire({ port }: Simulator): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${WEB_PATH} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`),
    )
    socket.setEncoding('latin1').on('data', part => (text += part))
    socket.on('error', reject).on('end', () => resolve(text))
  })
}

test('over TLS only those who know the authority get the document', async () => {
  const validity = { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 60_000) }
  const ca = authority('test authority', validity)
  const web = await start({ profile: WEB, tls: serverIdentity(ca, '127.0.0.1', validity) })
  expect(new X509Certificate(ca.certificate).ca).toBe(true)
  const ask = (trusted?: string) =>
    new Promise<number>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: web.port, path: WEB_PATH, agent: false, ca: trusted }
      tlsRequest(options, answer => resolve(answer.resume().statusCode ?? 0))
        .on('error', reject)
        .end()
    })
  expect(await ask(ca.certificate)).toBe(200)
  await expect(ask()).rejects.toThrow(/certificate/)
})

test('packed documents are what their names say', () => {
  expect(packed(DOCUMENT, 'gzip', 'base64').toString()).toMatch(/^H4sI/)
  expect(packed(DOCUMENT, 'zstd').subarray(0, 4).toString('hex')).toBe('28b52ffd')
  expect(packed('x'.repeat(100), 'base64-lines').toString().split('\n')[0]).toHaveLength(76)
  expect(() => gunzipSync(truncatedGzip(DOCUMENT))).toThrow()
  expect(bomb().length).toBeLessThan(1024 * 1024)
  expect(gunzipSync(bomb()).length).toBe(64 * 1024 * 1024)
})
