/** keel-init's DHCP child against a real dnsmasq: what it tells PID 1, and what is in force in the kernel. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, test } from 'vitest'
import { keelInit } from '../contract/validators.ts'
import {
  type AtEnd,
  type ClientEvent,
  eventsOf,
  type Lab,
  type Lines,
  NOT_AUTHORITATIVE,
  openLab,
} from './lab.ts'

let init = ''
beforeAll(() => {
  init = keelInit()
})

type Lease = { address: string; routes: unknown[]; [key: string]: unknown }
const leaseOf = (nextEvent: ClientEvent) => nextEvent['lease'] as Lease

/** The DUID of a UUID. */
const DUID = [0, 4, ...Array.from({ length: 16 }, (_, at) => at + 1)]

/** The options of a client in addition to its interfaces, as PID 1 gives them. */
type Job = {
  mtu?: number
  hostname?: string
  remembered?: object[]
  /** What of a lease is used on an interface, and what is sent. */
  overrides?: Record<string, object>
}
const workerOf = (lab: Lab, names: string[], { mtu, hostname, remembered = [], overrides = {} }: Job = {}) =>
  lab.startWorker(init, 'dhcp', {
    interfaces: names.map(name => ({
      selector: { name: null, facts: { name } },
      mtu: mtu ?? null,
      ...{ dhcp4: true, dhcp6: false, slaac: false },
      overrides: overrides[name] ?? {},
    })),
    not: [],
    hostname: hostname ?? null,
    duid: DUID,
    remembered,
    remembered6: [],
  })
const startClient = (lab: Lab, names: string[], job?: Job) => eventsOf(workerOf(lab, names, job))

/** Address with prefix, and whether it has an end. */
function addressesAt(lab: Lab, name: string): string[] {
  const [link] = JSON.parse(lab.atClient('ip', '-j', '-4', 'address', 'show', 'dev', name)) as {
    addr_info: { local: string; prefixlen: number; valid_life_time: number }[]
  }[]
  const isForever = (seconds: number) => seconds === 4294967295
  return (link?.addr_info ?? []).map(
    it => `${it.local}/${it.prefixlen}${isForever(it.valid_life_time) ? ' forever' : ''}`,
  )
}

function routesAt(lab: Lab): string[] {
  const routes = JSON.parse(lab.atClient('ip', '-j', '-4', 'route')) as Record<string, string | number>[]
  return routes.map(it => [it['dst'], it['gateway'] ?? 'on link', it['dev'], it['metric']].join(' '))
}

/** What the server has heard and said until it had given so many leases. */
async function seenUntil(leases: number, server: Lines): Promise<string[]> {
  const lines: string[] = []
  const isLease = (line: string) => {
    lines.push(line)
    return line.includes('DHCPACK(')
  }
  for (let n = 0; n < leases; n += 1) await server.next(isLease)
  return lines
}

/** A client asks once more when an offer is late, as on a loaded machine; that is no other conversation. */
const kindsIn = (lines: string[]): string[] =>
  lines
    .flatMap(line => /DHCP(DISCOVER|REQUEST)\(/.exec(line)?.[1] ?? [])
    .filter((kind, i, all) => kind !== 'DISCOVER' || all[i - 1] !== kind)

/** A client with a lease that it wants to renew after four seconds, and no server any more. */
async function leasedByOneThatIsGone(onTestFinished: AtEnd) {
  const lab = openLab(onTestFinished)
  const server = await lab.dnsmasq('--dhcp-option=59,4')
  const nextEvent = startClient(lab, ['c0'])
  await nextEvent('lease')
  server.end()
  await server.ended
  return { lab, nextEvent }
}

const mtuAt = (lab: Lab, name: string): number =>
  JSON.parse(lab.atClient('ip', '-j', 'link', 'show', 'dev', name))[0].mtu

/** In parallel, because one of them waits two minutes; so `expect` is that of each test. */
describe.concurrent('DHCP', () => {
  test('no router is heard on an interface with a lease, and what is made later is left alone', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    await lab.dnsmasq()
    await startClient(lab, ['c0'])('lease')
    const value = (name: string) => lab.atClient('sysctl', '-n', `net.ipv6.conf.${name}.accept_ra`).trim()
    expect([value('c0'), value('default')]).toEqual(['0', '1'])
  })

  test('a lease brings address, routes, MTU, servers and names, all with an end', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    await lab.dnsmasq(
      '--dhcp-option=26,1400',
      '--dhcp-option=6,10.77.0.2,10.77.0.3',
      '--dhcp-option=42,10.77.0.4',
      '--dhcp-option=119,eng.example.org,example.org',
      '--dhcp-option=3,10.77.0.1',
    )
    const lease = leaseOf(await startClient(lab, ['c0'], { hostname: 'w1' })('lease'))
    expect(lease).toMatchObject({
      prefixLength: 24,
      server: '10.77.0.1',
      routes: [{ destination: '0.0.0.0', prefixLength: 0, gateway: '10.77.0.1' }],
      mtu: 1400,
      nameservers: ['10.77.0.2', '10.77.0.3'],
      ntpServers: ['10.77.0.4'],
      search: ['eng.example.org', 'example.org'],
      hostname: 'w1',
      seconds: 120,
    })
    expect(addressesAt(lab, 'c0')).toEqual([`${lease.address}/24`])
    expect(routesAt(lab)).toEqual(['default 10.77.0.1 c0 100', '10.77.0.0/24 on link c0 100'])
    expect(mtuAt(lab, 'c0')).toBe(1400)
  })

  test('classless routes make the router count for nothing', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    await lab.dnsmasq('--dhcp-option=3,10.77.0.9', '--dhcp-option=121,192.168.99.0/24,10.77.0.1')
    await startClient(lab, ['c0'])('lease')
    expect(routesAt(lab)).toEqual(['10.77.0.0/24 on link c0 100', '192.168.99.0/24 10.77.0.1 c0 100'])
  })

  test('a prefix of 32 bits has its gateway put on the link first', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    await lab.dnsmasq('--dhcp-option=1,255.255.255.255', '--dhcp-option=3,10.77.0.1')
    await startClient(lab, ['c0'])('lease')
    expect(routesAt(lab)).toEqual(['default 10.77.0.1 c0 100', '10.77.0.1 on link c0 100'])
    expect(lab.atClient('ip', 'route', 'get', '192.0.2.1')).toContain('via 10.77.0.1 dev c0')
  })

  test('the MTU of the config wins over that of the lease', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    await lab.dnsmasq('--dhcp-option=26,1400')
    await startClient(lab, ['c0'], { mtu: 1300 })('lease')
    expect(mtuAt(lab, 'c0')).toBe(1300)
  })

  test('a lease is renewed when its first time is over', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    // dnsmasq gives no shorter first time than half of the lease, so the second one has to come before it.
    const server = await lab.dnsmasq('--dhcp-option=59,4')
    const nextEvent = startClient(lab, ['c0'])
    const first = leaseOf(await nextEvent('lease'))
    expect(first['renewSeconds']).toBe(3)
    expect(leaseOf(await nextEvent('lease')).address).toBe(first.address)
    expect(kindsIn(await seenUntil(2, server))).toEqual(['DISCOVER', 'REQUEST', 'REQUEST'])
  })

  test('a server that takes the address back is followed, and another address is found', async ({
    expect,
    onTestFinished,
  }) => {
    const { lab, nextEvent } = await leasedByOneThatIsGone(onTestFinished)
    await lab.dnsmasq('--dhcp-range=10.77.0.80,10.77.0.80,120')
    expect(await nextEvent('lost')).toMatchObject({ interface: 'c0', why: 'refused' })
    expect(leaseOf(await nextEvent('lease', 60)).address).toBe('10.77.0.80')
    expect(addressesAt(lab, 'c0')).toEqual(['10.77.0.80/24'])
  })

  test('a lease that nobody renews ends, and with it address and routes', async ({
    expect,
    onTestFinished,
  }) => {
    const { lab, nextEvent } = await leasedByOneThatIsGone(onTestFinished)
    // dnsmasq gives no lease that is shorter than two minutes.
    expect(await nextEvent('lost', 150)).toMatchObject({ interface: 'c0', why: 'expired' })
    expect([addressesAt(lab, 'c0'), routesAt(lab)]).toEqual([[], []])
  })

  test('two links get their leases in parallel, and the first one has the default route', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished, 2)
    await lab.dnsmasq()
    const nextEvent = startClient(lab, ['c0', 'c1'])
    const first = await nextEvent('lease')
    const second = await nextEvent('lease')
    expect([first, second].map(it => it['metric'])).toEqual([100, 110])
    expect([first, second].map(it => it.interface).sort()).toEqual(['c0', 'c1'])
    const defaults = routesAt(lab).filter(route => route.startsWith('default'))
    expect(defaults.map(route => route.split(' ').slice(2).join(' '))).toEqual([
      `${first.interface} 100`,
      `${second.interface} 110`,
    ])
  })

  test('what of a lease is not used is neither asked for nor taken, and no name is sent', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    // It sends them unasked.
    const forced = [
      '3,10.77.0.1',
      '6,10.77.0.2',
      '12,given',
      '15,example.org',
      '26,1400',
      '42,10.77.0.4',
      '119,eng.example.org',
    ]
    const server = await lab.dnsmasq(...forced.map(option => `--dhcp-option-force=${option}`))
    const not = { useRoutes: false, useDns: false, useDomains: false, useNtp: false, useMtu: false }
    const overrides = { c0: { ...not, useHostname: false, sendHostname: false } }
    const lease = leaseOf(await startClient(lab, ['c0'], { hostname: 'w1', overrides })('lease'))
    expect(lease).toMatchObject({ routes: [], nameservers: [], search: [], ntpServers: [] })
    expect([lease['mtu'], lease['hostname']]).toEqual([undefined, undefined])
    expect(routesAt(lab)).toEqual(['10.77.0.0/24 on link c0 100'])
    expect(mtuAt(lab, 'c0')).toBe(1500)
    const seen = await seenUntil(1, server)
    const asked = seen.flatMap(line => /requested options: (.*)/.exec(line)?.[1]?.match(/\b\d+/g) ?? [])
    expect([...new Set(asked)].map(option => Number.parseInt(option, 10))).toEqual([1, 51, 54, 58, 59])
    expect(seen.join('\n')).not.toContain('client provides name')
  })

  test('a server knows the client by its DUID, its vendor class and its name', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    const server = await lab.dnsmasq()
    const overrides = { c0: { clientId: 'duid', vendorClass: 'keel' } }
    await startClient(lab, ['c0'], { hostname: 'w1', overrides })('lease')
    const seen = (await seenUntil(1, server)).join('\n')
    expect(seen).toContain('vendor class: keel')
    expect(seen).toContain('client provides name: w1')
    const [link] = JSON.parse(lab.atClient('ip', '-j', 'link', 'show', 'dev', 'c0')) as { address: string }[]
    const iaid = link?.address.split(':').slice(2).join(':')
    const duid = DUID.map(byte => byte.toString(16).padStart(2, '0')).join(':')
    expect(readFileSync(join(lab.folder, 'leases'), 'utf8')).toContain(` w1 ff:${iaid}:${duid}\n`)
  })

  test('a name that is found later reaches the server, and the address stays', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    const server = await lab.dnsmasq()
    const one = workerOf(lab, ['c0'])
    const { address, routes } = leaseOf(await eventsOf(one)('lease'))
    await seenUntil(1, server)
    one.end()
    await one.ended
    const remembered = [{ interface: 'c0', address, prefixLength: 24, metric: 100, routes }]
    const again = await startClient(lab, ['c0'], { remembered, hostname: 'w1' })('lease')
    expect(leaseOf(again).address).toBe(address)
    expect((await seenUntil(1, server)).join('\n')).toContain('client provides name: w1')
    expect(routesAt(lab)).toEqual(['default 10.77.0.1 c0 100', '10.77.0.0/24 on link c0 100'])
  })

  test('of two links with leases one may go without the routes of its lease', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished, 2)
    await lab.dnsmasq()
    const overrides = { c0: { useRoutes: false, routeMetric: 40 }, c1: { routeMetric: 900 } }
    const nextEvent = startClient(lab, ['c0', 'c1'], { overrides })
    const both = [await nextEvent('lease'), await nextEvent('lease')]
    expect(both.map(it => `${it.interface} ${it['metric']}`).sort()).toEqual(['c0 40', 'c1 900'])
    expect(routesAt(lab).sort()).toEqual([
      '10.77.0.0/24 on link c0 40',
      '10.77.1.0/24 on link c1 900',
      'default 10.77.1.1 c1 900',
    ])
  })

  test('routes that an earlier client has set go where they are not used any more, or get their metric', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    await lab.dnsmasq('--dhcp-option=1,255.255.255.255')
    const after = async (override: object, remembered: object[]) => {
      const worker = workerOf(lab, ['c0'], { overrides: { c0: override }, remembered })
      const lease = await eventsOf(worker)('lease')
      worker.end()
      await worker.ended
      const { address, prefixLength, routes } = leaseOf(lease)
      return [{ interface: 'c0', address, prefixLength, routes, metric: lease['metric'] }]
    }
    const first = await after({}, [])
    expect(routesAt(lab)).toEqual(['default 10.77.0.1 c0 100', '10.77.0.1 on link c0 100'])
    const second = await after({ routeMetric: 900 }, first)
    expect(routesAt(lab)).toEqual(['default 10.77.0.1 c0 900', '10.77.0.1 on link c0 900'])
    await after({ useRoutes: false }, second)
    expect(routesAt(lab)).toEqual([])
  })

  test('a new address is probed: one that another machine has is declined, a free one is used and announced', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    const server = await lab.dnsmasq('--dhcp-range=10.77.0.50,10.77.0.50,120')
    lab.atServer('ip', 'address', 'add', '10.77.0.50/32', 'dev', 'lo')
    const nextEvent = startClient(lab, ['c0'], { overrides: { c0: { probe: true } } })
    expect(await nextEvent('taken')).toEqual({ type: 'taken', interface: 'c0', address: '10.77.0.50' })
    await server.next(line => line.includes('DHCPDECLINE(s0) 10.77.0.50'))
    expect(addressesAt(lab, 'c0')).toEqual([])
    lab.atServer('ip', 'address', 'del', '10.77.0.50/32', 'dev', 'lo')
    lab.atServer('sysctl', '-q', 'net.ipv4.conf.s0.arp_accept=1')
    expect(leaseOf(await nextEvent('lease', 60)).address).toBe('10.77.0.50')
    expect(addressesAt(lab, 'c0')).toEqual(['10.77.0.50/24'])
    // The second announcement comes two seconds after the first one, and nobody else asks for the address.
    lab.atServer('ip', 'neigh', 'flush', 'dev', 's0')
    const neighbours = () => lab.atServer('ip', 'neigh', 'show', 'dev', 's0')
    await expect.poll(neighbours, { timeout: 10_000 }).toContain('10.77.0.50 lladdr')
  })

  test('without an offer the client goes on asking', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    const server = await lab.dnsmasq('--dhcp-range=10.77.0.0,static')
    const lines = workerOf(lab, ['c0'])
    for (let n = 0; n < 2; n += 1) await server.next(line => line.includes('no address available'))
    await expect(eventsOf(lines)('lease', 1)).rejects.toThrow('did not come')
  })

  test('a server that comes late is found', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    const nextEvent = startClient(lab, ['c0'])
    const isUp = () => lab.atClient('ip', 'link', 'show', 'dev', 'c0').includes('state UP')
    await expect.poll(isUp, { timeout: 20_000 }).toBe(true)
    await lab.dnsmasq()
    await nextEvent('lease', 30)
  })

  test('a link that comes late, and one whose cable is pulled and put back', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    const server = await lab.dnsmasq()
    const nextEvent = startClient(lab, ['late', 'c0'])
    const first = leaseOf(await nextEvent('lease'))
    lab.atServer('ip', 'link', 'set', 's0', 'down')
    lab.atServer('ip', 'link', 'set', 's0', 'up')
    expect(leaseOf(await nextEvent('lease')).address, 'it asks for its old address').toBe(first.address)
    expect(kindsIn(await seenUntil(2, server))).toEqual(['DISCOVER', 'REQUEST', 'REQUEST'])
    lab.atClient('ip', 'link', 'add', 'late', 'type', 'veth', 'peer', 'name', 'other')
    lab.atClient('ip', 'link', 'set', 'other', 'up')
    await expect
      .poll(() => lab.atClient('ip', 'link', 'show', 'dev', 'late'), { timeout: 20_000 })
      .toContain('state UP')
  })

  test('an address of an earlier life is asked for first, and stays', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    const server = await lab.dnsmasq()
    const one = workerOf(lab, ['c0'])
    const lease = leaseOf(await eventsOf(one)('lease'))
    one.end()
    await one.ended
    const again = await startClient(lab, ['c0'], {
      remembered: [{ interface: 'c0', address: lease.address, prefixLength: 24, metric: 130 }],
    })('lease')
    expect([leaseOf(again).address, again['metric']]).toEqual([lease.address, 130])
    expect(kindsIn(await seenUntil(2, server))).toEqual(['DISCOVER', 'REQUEST', 'REQUEST'])
  })

  test('another address takes the place of the one of an earlier life', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    lab.atClient('ip', 'address', 'add', '10.77.0.99/24', 'dev', 'c0')
    await lab.dnsmasq(NOT_AUTHORITATIVE)
    const remembered = [{ interface: 'c0', address: '10.77.0.99', prefixLength: 24, metric: 100 }]
    const lease = leaseOf(await startClient(lab, ['c0'], { remembered })('lease', 40))
    expect(addressesAt(lab, 'c0')).toEqual([`${lease.address}/24`])
    expect(routesAt(lab)).toEqual(['default 10.77.0.1 c0 100', '10.77.0.0/24 on link c0 100'])
  })

  test('noise on the port neither stops the client nor gives it anything', async ({
    expect,
    onTestFinished,
  }) => {
    const lab = openLab(onTestFinished)
    lab.startAtServer(process.execPath, join(import.meta.dirname, 'noise.mjs'), '10.77.0.255')
    const nextEvent = startClient(lab, ['c0'])
    await lab.dnsmasq()
    expect(leaseOf(await nextEvent('lease', 30)).address).toMatch(/^10\.77\.0\./)
  })

  test('without a reader there is no client', async ({ expect, onTestFinished }) => {
    const lab = openLab(onTestFinished)
    await lab.dnsmasq('--dhcp-option=59,4')
    const lines = workerOf(lab, ['c0'])
    await eventsOf(lines)('lease')
    lines.close()
    // It is noticed at the renewal.
    expect(await lines.ended).toBe(1)
  })
})
