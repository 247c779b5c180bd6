/** keel-init's DHCP child against a real dnsmasq: what it tells PID 1, and what is in force in the kernel. */
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

/** The options of a client in addition to its interfaces, as PID 1 gives them. */
type Job = { mtu?: number; hostname?: string; remembered?: object[] }
const workerOf = (lab: Lab, names: string[], { mtu, hostname, remembered = [] }: Job = {}) =>
  lab.startWorker(init, 'dhcp', {
    interfaces: names.map(name => ({
      selector: { name: null, facts: { name } },
      mtu: mtu ?? null,
      ...{ dhcp4: true, dhcp6: false, slaac: false },
    })),
    not: [],
    hostname: hostname ?? null,
    duid: [],
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
