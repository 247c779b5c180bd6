import { expect, test } from 'vitest'
import type { Medium } from '../../src/vm/qemu-media.ts'
import type { NodeEvent, Vm } from '../../src/vm/vm.ts'
import { GOAL_STATE, provisioningMedium, WIRESERVER, WIRESERVER_ADDRESS } from '../metadata/azure.ts'
import type { Fault } from '../metadata/fault.ts'
import { packed } from '../metadata/pack.ts'
import { addressesOf, PLATFORMS, type Profile, profileOf } from '../metadata/profile.ts'
import type { Request, Simulator, SimulatorOptions } from '../metadata/simulator.ts'
import { IN_RAM } from './configs.ts'
import { udf } from './media.ts'
import { METADATA_ADDRESS, openLink, openNamespace, openWiredNamespace } from './namespace.ts'
import { codeOf, outcome, transcript } from './source-outcome.ts'
import { boot, machineConfig, steady, tempDir } from './vm.ts'

const CONFIG = machineConfig([IN_RAM])
/** Longer than all retries that a test wants to see, and short where it wants to see their end. */
const LONG_TIMEOUT = 'keel.config.timeout=60'
const SHORT_TIMEOUT = 'keel.config.timeout=6'

/** The address that is asked first. */
const addressOf = (profile: Profile): string => addressesOf(profile)[0] ?? ''

type Booted = { vm: Vm; service: Simulator }

/** A machine of a platform with its metadata service. */
async function bootOn(
  profile: Profile,
  wanted: Omit<SimulatorOptions, 'profile'>,
  cmdline?: string,
): Promise<Booted> {
  const namespace = profile.highPort ? openWiredNamespace() : openNamespace()
  const service = await namespace.start(addressOf(profile), { profile, ...wanted })
  const { smbios, uuid } = profile
  const hardware = { nics: [namespace.nic], smbios, ...(uuid ? { uuid } : {}) }
  return { vm: await boot({ inside: namespace.inside, hardware, ...(cmdline ? { cmdline } : {}) }), service }
}

for (const platform of PLATFORMS) {
  test(`${platform}: the firmware names it, and its metadata service is asked as it wants to be`, async () => {
    const profile = profileOf(platform)
    const { vm, service } = await bootOn(profile, { document: packed(CONFIG, ...(profile.packing ?? [])) })
    expect(await outcome(vm), transcript(vm)).toEqual({
      answers: [`${platform} config`],
      failures: [],
      end: 'verified',
    })
    expect(detectedBy(vm)).toEqual([[platform, 'firmware']])
    expect(networksIn(vm)).toEqual(NAMES_LINKS.includes(platform) ? [['platform', true, undefined]] : [])
    expect(service.requests.filter(({ status }) => WRONG_STEPS.includes(status))).toEqual([])
    expect(documentsIn(service.requests, profile)).toHaveLength(1)
    for (const { headers } of service.requests) {
      expect(headers['host']).toBe(addressOf(profile))
      expect(Object.keys(headers).filter(name => /forward|via|cookie|referer/.test(name))).toEqual([])
    }
  })
}

/** What the simulator, like the real services, says to a client that does not keep to the protocol. */
const WRONG_STEPS = [400, 401, 403, 405]

const detectedBy = (vm: Vm): unknown[] =>
  vm.events.filter(({ type }) => type === 'platform-detected').map(({ platform, by }) => [platform, by])

/** Platforms that say what links a machine has. */
const NAMES_LINKS = ['digitalocean', 'hetzner', 'openstack', 'vultr']

const networksIn = (vm: Vm): unknown[] =>
  vm.events
    .filter(({ type }) => type === 'network-found')
    .map(({ origin, used, leftOut }) => [origin, used, leftOut])

/** The requests for the document. */
function documentsIn(requests: Request[], { document: { path } }: Profile): Request[] {
  const last = path.slice(path.lastIndexOf('/'))
  return requests.filter(request => new URL(request.path, 'http://a').pathname.endsWith(last))
}

test('aws: the token comes first, with a time to live and no body, and only it opens the document', async () => {
  const { vm, service } = await bootOn(profileOf('aws'), {
    document: CONFIG,
    faults: [{ kind: 'expire-tokens', times: 1 }],
  })
  expect((await outcome(vm)).end, transcript(vm)).toBe('verified')
  const [put, get] = service.requests
  expect([put?.method, put?.path, put?.headers['content-length']]).toEqual(['PUT', '/latest/api/token', '0'])
  expect(Number(put?.headers['x-aws-ec2-metadata-token-ttl-seconds'])).toBeGreaterThan(0)
  expect(get?.method).toBe('GET')
  const flow = service.requests.map(({ method, status }) => `${method} ${status}`)
  expect(flow.slice(0, 4), 'a token that expired is replaced').toEqual([
    'PUT 200',
    'GET 401',
    'PUT 200',
    'GET 200',
  ])
})

/** What a metadata service says besides a document, and what comes of it. */
const OTHERWISE: {
  name: string
  platform: string
  wanted: Omit<SimulatorOptions, 'profile'>
  answers: string[]
  end: string
}[] = [
  {
    name: 'aws: a metadata service that is switched off is not retried forever',
    platform: 'aws',
    wanted: { document: CONFIG, faults: [{ on: 'token', kind: 'status', status: 403 }] },
    answers: ['aws fatal'],
    end: 'source-refused',
  },
  {
    name: 'azure: 404 and 410 mean not yet',
    platform: 'azure',
    wanted: {
      document: CONFIG,
      faults: [
        { kind: 'status', status: 404, times: 1 },
        { kind: 'status', status: 410, times: 1 },
      ],
    },
    answers: ['azure config'],
    end: 'verified',
  },
]

for (const { name, platform, wanted, answers, end } of OTHERWISE) {
  test(name, async () => {
    const { vm } = await bootOn(profileOf(platform), wanted, LONG_TIMEOUT)
    const came = await outcome(vm)
    expect({ answers: came.answers, end: came.end }, transcript(vm)).toEqual({ answers, end })
  })
}

test('azure: customData is read from the medium when there is no userData, and Azure hears that the machine is up, again until it listens', async () => {
  const profile = profileOf('azure')
  const namespace = openNamespace()
  const imds = await namespace.start(METADATA_ADDRESS, { profile, document: undefined })
  const busy: Fault = { kind: 'status', status: 503, times: 1, headers: { 'retry-after': '1' } }
  const server = await namespace.start(WIRESERVER_ADDRESS, {
    profile: WIRESERVER,
    document: GOAL_STATE,
    faults: [busy],
  })
  const medium: Medium = {
    file: udf(tempDir(), 'provision', provisioningMedium(packed(CONFIG, 'gzip'))),
    as: 'ide-cd',
  }
  const hardware = { nics: [namespace.nic], media: [medium], smbios: profile.smbios, uuid: profile.uuid }
  const vm = await boot({ inside: namespace.inside, hardware })
  expect(await outcome(vm), transcript(vm)).toEqual({
    answers: ['azure-custom-data config'],
    failures: [],
    end: 'verified',
  })
  expect(documentsIn(imds.requests, profile)).toHaveLength(1)
  const reported = await vm.waitFor('the report', ({ type }) => type === 'ready-reported', 120_000)
  expect(reported, transcript(vm)).toMatchObject({ platform: 'azure', attempts: 2 })
  expect(server.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
    ['GET', '/machine/?comp=goalstate', 503],
    ['GET', '/machine/?comp=goalstate', 200],
    ['POST', '/machine/?comp=health', 200],
  ])
  const body = server.requests.at(-1)?.body ?? ''
  for (const name of ['ContainerId', 'InstanceId'])
    expect(textOf(body, name), body).toBe(textOf(GOAL_STATE, name))
  expect(textOf(body, 'State')).toBe('Ready')
  const codes = vm.events.filter(event => event.type === 'failed').map(codeOf)
  expect(codes).toEqual(['platform-report-failed'])
})

const textOf = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]

test('openstack: where DHCP gives no address, the service is asked on the link itself', async () => {
  const profile = profileOf('openstack')
  const { inside, nic, service } = await openLink({ profile, document: CONFIG })
  // The service names the links of the machine by it.
  const mac = '52:54:00:12:34:56'
  const hardware = { nics: [{ ...nic, mac }], smbios: profile.smbios, uuid: profile.uuid }
  const vm = await boot({ inside, hardware })
  expect(await outcome(vm), transcript(vm)).toEqual({
    answers: ['openstack config'],
    failures: [],
    end: 'verified',
  })
  expect(new Set(service.requests.map(({ headers }) => headers['host']))).toEqual(
    new Set(['[fe80::a9fe:a9fe]']),
  )
})

test.for(['gcp', 'hetzner'] as const)(
  '%s: a machine that nobody gave a document has none',
  async platform => {
    const { vm, service } = await bootOn(profileOf(platform), { document: undefined })
    expect(await outcome(vm), transcript(vm)).toEqual({ answers: [], failures: [], end: 'config-missing' })
    expect(documentsIn(service.requests, profileOf(platform))).toHaveLength(1)
  },
)

test('what stands on the machine is enough: its platform is not asked', async () => {
  const profile = profileOf('hetzner')
  const namespace = openNamespace()
  const service = await namespace.start(METADATA_ADDRESS, {
    profile,
    document: CONFIG.replace('in-ram', 'other'),
  })
  const hardware = { nics: [namespace.nic], smbios: profile.smbios }
  const vm = await boot({ config: { bytes: CONFIG }, inside: namespace.inside, hardware })
  expect((await outcome(vm)).end, transcript(vm)).toBe('verified')
  expect(service.requests).toEqual([])
})

test('a host name may come from the platform even when the machine config does not', async () => {
  const profile = profileOf('hetzner')
  const namespace = openNamespace()
  const service = await namespace.start(METADATA_ADDRESS, { profile, document: undefined })
  const hardware = { nics: [namespace.nic], smbios: profile.smbios }
  const vm = await boot({ config: [NAMED_BY_PLATFORM], inside: namespace.inside, hardware })
  await steady(vm)
  expect(service.requests.map(({ path }) => path)).toContain('/hetzner/v1/metadata/hostname')
})

/** Without the platform's name there is none, and that ends the boot. */
const NAMED_BY_PLATFORM = `
apiVersion: keel/v1
hostname: {from: [metadata]}
kubernetes: {role: none}
`

test('the command line names a platform, or none, whatever the firmware says', async () => {
  const profile = { ...profileOf('hetzner'), smbios: profileOf('aws').smbios }
  const named = await bootOn(profile, { document: CONFIG }, 'keel.platform=hetzner')
  expect((await outcome(named.vm)).answers, transcript(named.vm)).toEqual(['hetzner config'])
  expect(detectedBy(named.vm)).toEqual([['hetzner', 'cmdline']])
  named.vm.kill()
  const none = await bootOn(profile, { document: CONFIG }, 'keel.platform=none')
  expect((await outcome(none.vm)).end, transcript(none.vm)).toBe('config-missing')
  expect(none.service.requests).toEqual([])
})

test('a platform that nobody knows ends the boot before anybody is asked', async () => {
  const { vm, service } = await bootOn(profileOf('aws'), { document: CONFIG }, 'keel.platform=nimbus')
  expect((await outcome(vm)).end, transcript(vm)).toBe('platform-unknown')
  expect(service.requests).toEqual([])
})

test('without an answer, every attempt is reported, until the timeout', async () => {
  const profile = profileOf('openstack')
  const namespace = openNamespace()
  const hardware = { nics: [namespace.nic], smbios: profile.smbios, uuid: profile.uuid }
  const vm = await boot({ inside: namespace.inside, hardware, cmdline: SHORT_TIMEOUT })
  expect((await outcome(vm)).end, transcript(vm)).toBe('source-unreachable')
  const attempts = vm.events.filter(isRetry)
  expect(attempts.length, transcript(vm)).toBeGreaterThan(1)
  for (const { retryInMs } of attempts) expect(retryInMs).toBeLessThan(6000)
})

const isRetry = (event: NodeEvent): boolean => event.type === 'failed' && typeof event.retryInMs === 'number'
