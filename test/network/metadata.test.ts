/** keel-init's child that asks a metadata service, confined as at a boot, and the services of fixtures/metadata at their own addresses. */
import { spawn } from 'node:child_process'
import { isIP } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { beforeAll, expect, test } from 'vitest'
import { PLATFORMS as ROWS } from '../../schema/platforms.ts'
import { keelInit } from '../contract/validators.ts'
import { packed } from '../metadata/pack.ts'
import { addressesOf, PLATFORMS, profileOf } from '../metadata/profile.ts'
import { type Namespace, openNamespace } from '../vm/namespace.ts'

let init = ''
beforeAll(() => {
  init = keelInit()
})

const DOCUMENT = '{"apiVersion":"keel/v1"}\n'

type Reply = {
  verdict: string
  instance: { instanceId?: string; hostname?: string }
  error?: { code: string; detail: string }
  document: string
}

/** Asks once, as PID 1 would have it asked. */
async function ask({ inside }: Namespace, name: string, node = false): Promise<Reply> {
  const [program = '', ...rest] = inside([init, 'child', 'fetch'])
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const job = { place: { type: 'platform', name, node }, object: name, ca: null, attemptMs: 10_000 }
  child.stdin.end(`${JSON.stringify(job)}\n`)
  const output = (await buffer(child.stdout)).toString()
  const end = output.indexOf('\n')
  return { ...JSON.parse(output.slice(0, end)), document: output.slice(end + 1) }
}

/** The document as somebody gives it to a machine: the profile of a service that writes its encoding down says base64. */
const given = (platform: string) =>
  ROWS.some(({ name, encoding }) => name === platform && typeof encoding === 'object')
    ? packed(DOCUMENT, 'base64')
    : DOCUMENT

/** What the firmware says is this machine's here, and no profile's. */
const isAsked = (platform: string) =>
  !ROWS.some(({ name, instanceId }) => name === platform && 'firmware' in instanceId)

const places = PLATFORMS.flatMap(name =>
  addressesOf(profileOf(name)).map(
    address => [name, isIP(address) === 6 ? `[${address}]` : address] as const,
  ),
)

test.each(places)('%s: the service gives document and names, at %s alone', async (platform, host) => {
  const namespace = openNamespace()
  const profile = profileOf(platform)
  const service = await namespace.start(host.replace(/^\[|\]$/g, ''), { profile, document: given(platform) })
  const { verdict, instance, document, error } = await ask(namespace, platform)
  expect([verdict, document, error], JSON.stringify(service.requests)).toEqual(['config', DOCUMENT, null])
  expect(instance.hostname?.split('.')[0]).toBe(profile.identity.hostname)
  if (isAsked(platform)) expect(instance.instanceId).toBe(profile.identity.instanceId)
  // A service that is not asked as it wants to be says so by one of these.
  expect(service.requests.filter(({ status }) => status >= 400 && status !== 404)).toEqual([])
  for (const { headers } of service.requests) expect(headers['host']).toBe(host)
})

test.each(PLATFORMS)('%s: the service tells what the node is called', async platform => {
  const namespace = openNamespace()
  const profile = profileOf(platform)
  const service = await namespace.start(addressesOf(profile)[0] ?? '', { profile })
  const { verdict, document } = await ask(namespace, platform, true)
  expect(verdict).toBe('config')
  expect(JSON.parse(document), JSON.stringify(service.requests)).toEqual(profile.node)
  expect(service.requests.filter(({ status }) => status >= 400)).toEqual([])
})

test.each(PLATFORMS)('%s: a machine that nobody gave a document has none, and a name', async platform => {
  const namespace = openNamespace()
  const profile = profileOf(platform)
  await namespace.start(addressesOf(profile)[0] ?? '', { profile })
  const { verdict, instance, document } = await ask(namespace, platform)
  expect([verdict, document]).toEqual(['no-config', ''])
  expect(instance.hostname?.split('.')[0]).toBe(profile.identity.hostname)
})

test.each(PLATFORMS)('%s: where nobody answers, asking again may help', async platform => {
  const { verdict, error } = await ask(openNamespace(), platform)
  expect([verdict, error?.code]).toEqual(['retry', 'source-unreachable'])
})

test.each(PLATFORMS)('%s: a service that cannot answer now is asked again', async platform => {
  for (const status of [429, 503]) {
    const namespace = openNamespace()
    const profile = profileOf(platform)
    const faults = [{ kind: 'status' as const, status }]
    await namespace.start(addressesOf(profile)[0] ?? '', {
      profile,
      document: DOCUMENT,
      faults,
    })
    const { verdict, error } = await ask(namespace, platform)
    expect([verdict, error?.code], String(status)).toEqual(['retry', 'source-refused'])
  }
})
