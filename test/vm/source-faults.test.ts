import { expect, test } from 'vitest'
import { authority, type Identity, serverIdentity } from '../../src/kubelet/pki.ts'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import type { Kind } from '../metadata/fault.ts'
import { packed } from '../metadata/pack.ts'
import { profileOf, WEB, WEB_PATH } from '../metadata/profile.ts'
import { IN_RAM } from './configs.ts'
import { generationOf } from './generations.ts'
import { METADATA_ADDRESS, type Namespace, OTHER_ADDRESS, openNamespace, WEB_ADDRESS } from './namespace.ts'
import { codeOf, fatalOf, outcome, transcript } from './source-outcome.ts'
import { boot, machineConfig, newDisk, powerOff, steady } from './vm.ts'

const CONFIG = machineConfig([IN_RAM])
const URL = `keel.config.url=http://${WEB_ADDRESS}${WEB_PATH}`
/** Longer than all retries that a test wants to see, and short where it wants to see their end. */
const LONG_TIMEOUT = 'keel.config.timeout=60'
const SHORT_TIMEOUT = 'keel.config.timeout=6'

const bootIn = (namespace: Namespace, cmdline: string, clock?: string): Promise<Vm> =>
  boot({
    inside: namespace.inside,
    cmdline,
    hardware: { nics: [namespace.nic], ...(clock ? { clock } : {}) },
  })

const isRetry = (event: NodeEvent): boolean => event.type === 'failed' && typeof event.retryInMs === 'number'

test('a server with one trouble after the other is asked again until it has none, no sooner than it asked for', async () => {
  const namespace = openNamespace()
  const web = await namespace.start(WEB_ADDRESS, {
    profile: WEB,
    document: CONFIG,
    faults: [
      { kind: 'reset', times: 1 },
      { kind: 'cut', times: 1 },
      { kind: 'status', status: 503, times: 1, headers: { 'retry-after': '2' } },
      {
        kind: 'status',
        status: 429,
        times: 1,
        headers: { ...NOON, 'retry-after': 'Sat, 21 Nov 2026 12:00:03 GMT' },
      },
      { kind: 'chunked' },
    ],
  })
  const vm = await bootIn(namespace, `${URL} ${LONG_TIMEOUT}`)
  expect(await outcome(vm), transcript(vm)).toEqual({
    answers: ['cmdline-url config'],
    failures: ['source-unreachable', 'source-refused'],
    end: 'verified',
  })
  expect(web.requests.map(({ status }) => status)).toEqual([0, 200, 503, 429, 200])
  const waits = vm.events.filter(isRetry).map(({ retryInMs }) => Number(retryInMs))
  expect(waits, transcript(vm)).toHaveLength(4)
  expect(waits.slice(2)).toEqual([2000, 3000])
})

/** The clock of the server, from which a date counts. */
const NOON = { date: 'Sat, 21 Nov 2026 12:00:00 GMT' }

test('a server that comes late is found', async () => {
  const namespace = openNamespace()
  const vm = await bootIn(namespace, `${URL} ${LONG_TIMEOUT}`)
  await vm.waitFor('a refused connection', isRetry, 60_000)
  await namespace.start(WEB_ADDRESS, { profile: WEB, document: CONFIG })
  expect((await outcome(vm)).end, transcript(vm)).toBe('verified')
})

/** Servers that never come to a good end. */
const ENDS: { name: string; fault: Kind; bound: string; end: string }[] = [
  {
    name: 'a server that accepts and then says nothing',
    fault: { kind: 'silence' },
    bound: SHORT_TIMEOUT,
    end: 'source-unreachable',
  },
  {
    name: 'a body that never ends',
    fault: { kind: 'endless' },
    bound: LONG_TIMEOUT,
    end: 'config-too-large',
  },
  {
    name: 'an address where nothing is',
    fault: { kind: 'status', status: 404 },
    bound: LONG_TIMEOUT,
    end: 'config-missing',
  },
]

for (const { name, fault, bound, end } of ENDS) {
  test(`${name} ends the boot, and is named`, async () => {
    const namespace = openNamespace()
    await namespace.start(WEB_ADDRESS, { profile: WEB, document: CONFIG, faults: [fault] })
    const vm = await bootIn(namespace, `${URL} ${bound}`)
    expect((await outcome(vm)).end, transcript(vm)).toBe(end)
    expect(JSON.stringify(fatalOf(vm)), transcript(vm)).toContain(
      end === 'config-missing' ? 'keel.config.url' : WEB_ADDRESS,
    )
  })
}

test('a redirect to another host is not followed', async () => {
  const namespace = openNamespace()
  const other = await namespace.start(OTHER_ADDRESS, { profile: WEB, document: CONFIG })
  const to = `http://${OTHER_ADDRESS}${WEB_PATH}`
  await namespace.start(WEB_ADDRESS, { profile: WEB, document: CONFIG, faults: [{ kind: 'redirect', to }] })
  const vm = await bootIn(namespace, `${URL} ${LONG_TIMEOUT}`)
  expect((await outcome(vm)).end, transcript(vm)).toBe('source-refused')
  expect(other.requests).toEqual([])
})

test('a token never follows a redirect', async () => {
  const profile = profileOf('aws')
  const namespace = openNamespace()
  const other = await namespace.start(OTHER_ADDRESS, { profile: WEB, document: CONFIG })
  const to = `http://${OTHER_ADDRESS}${WEB_PATH}`
  await namespace.start(METADATA_ADDRESS, { profile, document: CONFIG, faults: [{ kind: 'redirect', to }] })
  const hardware = { nics: [namespace.nic], smbios: profile.smbios, uuid: profile.uuid }
  const vm = await boot({ inside: namespace.inside, cmdline: LONG_TIMEOUT, hardware })
  expect((await outcome(vm)).end, transcript(vm)).toBe('source-refused')
  expect(other.requests).toEqual([])
})

test('the power button works while a source is asked again and again', async () => {
  const namespace = openNamespace()
  const vm = await bootIn(namespace, URL)
  await vm.waitFor('a second attempt', event => isRetry(event) && Number(event.retryInMs) > 400, 60_000)
  await powerOff(vm)
  expect((await vm.exited).code, transcript(vm)).toBe(0)
})

const DAY_MS = 86_400_000
/** Begins before any image was built, because that is where a wrong clock is put. */
const VALIDITY = { from: new Date('2020-01-01'), to: new Date(Date.now() + 30 * DAY_MS) }
const HTTPS = `keel.config.url=https://${WEB_ADDRESS}${WEB_PATH}`

/** A web server that speaks TLS, and the authority that vouches for it, as the command line names it. */
async function startTls(namespace: Namespace): Promise<string> {
  const ca = authority('ca', VALIDITY)
  const tls = serverIdentity(ca, WEB_ADDRESS, VALIDITY)
  await namespace.start(WEB_ADDRESS, { profile: WEB, document: CONFIG, tls })
  return `keel.config.ca=${packed(derOf(ca), 'base64')}`
}

/** The bytes of a certificate, which are shorter than its text. */
const derOf = ({ certificate }: Identity): Buffer =>
  Buffer.from(certificate.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')

test('over https the named authority is believed, even with a clock of long ago', async () => {
  const namespace = openNamespace()
  const ca = await startTls(namespace)
  const vm = await bootIn(namespace, `${HTTPS} ${ca} ${LONG_TIMEOUT}`, '2001-01-01T00:00:00')
  expect(await outcome(vm), transcript(vm)).toEqual({
    answers: ['cmdline-url config'],
    failures: [],
    end: 'verified',
  })
  expect(vm.events.filter(({ type }) => type === 'clock-set').map(({ by }) => by)).toContain('build-date')
})

test('over https an authority that nobody named is refused', async () => {
  const namespace = openNamespace()
  await startTls(namespace)
  const vm = await bootIn(namespace, `${HTTPS} ${SHORT_TIMEOUT}`)
  expect((await outcome(vm)).end, transcript(vm)).toBe('tls-refused')
  // It was verified by the image's own authorities: without them no certificate would be.
  expect(fatalOf(vm).detail, transcript(vm)).toMatch(/issued/)
})

test('over https a clock of the future is told to be the suspect', async () => {
  const namespace = openNamespace()
  const ca = await startTls(namespace)
  const vm = await bootIn(namespace, `${HTTPS} ${ca} ${SHORT_TIMEOUT}`, '2060-01-01T00:00:00')
  expect((await outcome(vm)).end, transcript(vm)).toBe('tls-refused')
  expect(fatalOf(vm).detail, transcript(vm)).toMatch(/clock/)
})

const WITH_STATE = `
apiVersion: keel/v1
hostname: kept
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}]
kubernetes: {role: none}
`

test('the machine config on KEEL-STATE serves the machine that keeps it when its metadata service is gone, and no other', async () => {
  const profile = profileOf('hetzner')
  const namespace = openNamespace()
  const { smbios, uuid } = profile
  const document = machineConfig([WITH_STATE])
  const service = await namespace.start(METADATA_ADDRESS, { profile, document })
  const disk = newDisk()
  const start = (machine: string) =>
    boot({
      inside: namespace.inside,
      disk,
      cmdline: SHORT_TIMEOUT,
      hardware: { nics: [namespace.nic], smbios, uuid: machine },
    })

  const first = await start(uuid)
  await steady(first)
  await powerOff(first)
  await service.close()
  const { instanceId } = profile.identity
  expect(generationOf(disk, 'current')).toEqual({
    header: expect.objectContaining({ source: 'hetzner', smbiosUuid: uuid, instanceId }),
    document,
  })

  const second = await start(uuid)
  expect(await outcome(second), transcript(second)).toEqual({
    answers: ['state config'],
    failures: ['source-unreachable'],
    end: 'verified',
  })
  await steady(second)
  await powerOff(second)

  const cloned = await start('11111111-2222-4333-8444-555555555555')
  expect((await outcome(cloned)).end, transcript(cloned)).toBe('state-foreign')
  expect(cloned.events.filter(({ type }) => type === 'failed').map(codeOf)).toContain('source-unreachable')
})
