/** keel-init's DHCP child and IPv6, against a real dnsmasq, Kea and radvd: what it tells PID 1, and what is in force in the kernel. */
import { beforeAll, describe, test } from 'vitest'
import { keelInit } from '../contract/validators.ts'
import { type AtEnd, type ClientEvent, eventsOf, type Lab, openLab } from './lab.ts'
import { PREFIX, startDnsmasq6, startKea, startRadvd } from './servers6.ts'

let init = ''
beforeAll(() => {
  init = keelInit()
})

/** What PID 1 wants of an interface, and what an earlier child has left. */
type Job = { dhcp6?: boolean; slaac?: boolean; remembered6?: object[] }

/** The DUID of a UUID. */
const DUID = [0, 4, ...Array.from({ length: 16 }, (_, at) => at + 1)]

const startClient = (lab: Lab, { dhcp6 = false, slaac = false, remembered6 = [] }: Job) =>
  eventsOf(
    lab.startWorker(init, 'dhcp', {
      interfaces: [
        { selector: { name: null, facts: { name: 'c0' } }, mtu: null, ...{ dhcp4: false, dhcp6, slaac } },
      ],
      not: [],
      hostname: 'w1',
      duid: DUID,
      remembered: [],
      remembered6,
    }),
  )

type Lease = { address: string; [key: string]: unknown }
const leaseOf = (event: ClientEvent) => event['lease'] as Lease

/** Global addresses of the client with their prefixes, in the order of their texts. */
function addressesAt(lab: Lab): string[] {
  const [link] = JSON.parse(
    lab.atClient('ip', '-j', '-6', 'address', 'show', 'dev', 'c0', 'scope', 'global'),
  ) as {
    addr_info: { local?: string; prefixlen: number }[]
  }[]
  return (link?.addr_info ?? []).flatMap(it => (it.local ? `${it.local}/${it.prefixlen}` : [])).sort()
}

const hasDefaultRoute = (lab: Lab) =>
  lab.atClient('ip', '-6', 'route', 'show', 'default').includes('via fe80:')

const RANGE = `--dhcp-range=${PREFIX}50,${PREFIX}60,64,120`
const NAMES = [
  `--dhcp-option=option6:dns-server,[${PREFIX}53]`,
  '--dhcp-option=option6:domain-search,eng.example.org,example.org',
  `--dhcp-option=option6:ntp-server,[${PREFIX}123]`,
]

const TIMERS = { 'renew-timer': 2, 'rebind-timer': 4, 'preferred-lifetime': 6, 'valid-lifetime': 8 }

/** Kea with an address that lasts seconds, and a client that has it. */
async function leasedByKea(onTestFinished: AtEnd) {
  const lab = openLab(onTestFinished)
  const pools = [{ pool: `${PREFIX}100 - ${PREFIX}1ff` }]
  const kea = await startKea(lab, { pools, 'rapid-commit': true }, TIMERS)
  const nextEvent = startClient(lab, { dhcp6: true })
  return { lab, kea, nextEvent, first: leaseOf(await nextEvent('lease6')) }
}

describe.concurrent('IPv6', () => {
  test('a lease of DHCPv6 brings an address, servers and names, and the router its route', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    const server = await startDnsmasq6(lab, RANGE, ...NAMES)
    const lease = leaseOf(await startClient(lab, { dhcp6: true })('lease6'))
    expect(lease).toMatchObject({
      address: expect.stringMatching(`^${PREFIX}5[0-9a-f]$|^${PREFIX}60$`),
      nameservers: [`${PREFIX}53`],
      search: ['eng.example.org', 'example.org'],
      ntpServers: [`${PREFIX}123`],
      seconds: 120,
    })
    // No second address, which the kernel would make from the advertisement.
    expect(addressesAt(lab)).toEqual([`${lease.address}/128`])
    await expect.poll(() => hasDefaultRoute(lab), { timeout: 20_000 }).toBe(true)
    await server.next(line => line.includes('00:04:01:02:03:04:05:06'))
  })

  test('a router that says so sends to DHCPv6, and the kernel makes a second address', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    await startDnsmasq6(lab, RANGE.replace(',64,', ',slaac,64,'))
    const nextEvent = startClient(lab, { slaac: true })
    const lease = leaseOf(await nextEvent('lease6'))
    await expect.poll(() => addressesAt(lab).length, { timeout: 20_000 }).toBe(2)
    expect(addressesAt(lab)).toContain(`${lease.address}/128`)
    expect(addressesAt(lab).find(one => one.endsWith('/64'))).toContain(PREFIX.slice(0, -1))
  })

  test('a router may send to DHCPv6 for names only', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    await startDnsmasq6(lab, `--dhcp-range=${PREFIX},ra-stateless,64,120`, ...NAMES)
    const event = await startClient(lab, { slaac: true })('information')
    expect(event).toMatchObject({
      interface: 'c0',
      information: { nameservers: [`${PREFIX}53`], search: ['eng.example.org', 'example.org'] },
    })
  })

  test('a router names servers and domains, takes them back, and sends to no DHCPv6', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    const about = (lifetime: number) => [
      ...['AdvSendAdvert on;', 'MinRtrAdvInterval 3;', 'MaxRtrAdvInterval 4;'],
      `prefix ${PREFIX}/64 { AdvValidLifetime 300; AdvPreferredLifetime 200; };`,
      `RDNSS ${PREFIX}53 fe80::53 { AdvRDNSSLifetime ${lifetime}; };`,
      `DNSSL eng.example.org { AdvDNSSLLifetime ${lifetime}; };`,
    ]
    const radvd = await startRadvd(lab, ...about(300))
    const nextEvent = startClient(lab, { slaac: true })
    const names = (servers: string[], domains: string[]) => ({ interface: 'c0', servers, domains })
    const isWhole = (event: ClientEvent) => (event['domains'] as string[]).length > 0
    expect(await nextEvent('router-names', 20, isWhole)).toMatchObject(
      names([`${PREFIX}53`, 'fe80::53'], ['eng.example.org']),
    )
    await expect.poll(() => addressesAt(lab).length, { timeout: 20_000 }).toBe(1)
    radvd.end()
    await radvd.ended
    lab.atServer('ip', 'address', 'del', `${PREFIX}1/64`, 'dev', 's0')
    await startRadvd(lab, ...about(0))
    const isEmpty = (event: ClientEvent) => (event['servers'] as string[]).length === 0
    expect(await nextEvent('router-names', 20, event => isEmpty(event) && !isWhole(event))).toMatchObject(
      names([], []),
    )
  })

  test('an address that another machine on the link has is declined', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    const pools = [{ pool: `${PREFIX}50 - ${PREFIX}51` }]
    const kea = await startKea(lab, { pools }, TIMERS)
    lab.atServer('ip', 'address', 'add', `${PREFIX}50/64`, 'dev', 's0', 'nodad')
    const nextEvent = startClient(lab, { dhcp6: true })
    expect(await nextEvent('taken', 60)).toEqual({ type: 'taken', interface: 'c0', address: `${PREFIX}50` })
    const lease = leaseOf(await nextEvent('lease6', 60))
    expect(lease.address).toBe(`${PREFIX}51`)
    expect(addressesAt(lab)).toEqual([`${PREFIX}51/128`])
    await kea.next(line => line.includes('DHCP6_DECLINE_LEASE') && line.includes(`${PREFIX}50`))
  })

  test('a lease is renewed, survives a child, and ends without its server', async ({
    expect,
    onTestFinished,
  }) => {
    const { lab, kea, nextEvent, first } = await leasedByKea(onTestFinished)
    expect(first).toMatchObject({ seconds: 8, renewSeconds: 2, rebindSeconds: 4 })
    // Rapid commit: one question, one answer.
    await kea.next(line => line.includes('rapid') || line.includes('DHCP6_LEASE_ALLOC'))
    expect(leaseOf(await nextEvent('lease6')).address).toBe(first.address)
    const again = startClient(lab, {
      dhcp6: true,
      remembered6: [{ interface: 'c0', address: first.address }],
    })
    expect(leaseOf(await again('lease6')).address).toBe(first.address)
    kea.end()
    await kea.ended
    expect(await nextEvent('lost6', 30)).toMatchObject({ interface: 'c0', why: 'expired' })
    await expect.poll(() => addressesAt(lab), { timeout: 20_000 }).toEqual([])
  })
})
