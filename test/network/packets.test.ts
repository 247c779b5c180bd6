/** Packets of keel-init's DHCP child as tshark reads them: nothing in them is wrong, and they say what the config and the standards say. */
import { beforeAll, describe, test } from 'vitest'
import { keelInit } from '../contract/validators.ts'
import { eventsOf, type Lab, openLab } from './lab.ts'
import { PREFIX, startDnsmasq6, startKea } from './servers6.ts'
import { capture, faultsOf, type Packet } from './tshark.ts'

let init = ''
beforeAll(() => {
  init = keelInit()
})

/** The DUID of a UUID, and that of the server which the lab's Kea is. */
const DUID = [0, 4, ...Array.from({ length: 16 }, (_, at) => at + 1)]
const CLIENT = Buffer.from(DUID).toString('hex')
const SERVER = '00030001020000000077'

/** A lab whose client has not begun, the numbers that the client has of its hardware address, and what it sends. */
async function openCaptured(...[atEnd]: Parameters<typeof openLab>) {
  const lab = openLab(atEnd)
  const [link] = JSON.parse(lab.atClient('ip', '-j', 'link', 'show', 'dev', 'c0')) as { address: string }[]
  const mac = link?.address ?? ''
  const iaid = mac.split(':').slice(2).join('')
  return { lab, mac, iaid, sentUntil: await capture(lab, mac) }
}

/** What PID 1 wants of the interface, and says about the machine. */
type Job = { wanted: object; hostname?: string; remembered6?: object[] }
const workerOf = (lab: Lab, { wanted, hostname = 'w1', remembered6 = [] }: Job) =>
  lab.startWorker(init, 'dhcp', {
    interfaces: [
      {
        selector: { name: null, facts: { name: 'c0' } },
        mtu: null,
        ...{ dhcp4: false, dhcp6: false, slaac: false, ...wanted },
      },
    ],
    not: [],
    hostname,
    duid: DUID,
    remembered: [],
    remembered6,
  })

const PROBED = { dhcp4: true, overrides: { clientId: 'duid', vendorClass: 'keel', probe: true } }
const TIMERS = { 'renew-timer': 2, 'rebind-timer': 4, 'preferred-lifetime': 6, 'valid-lifetime': 8 }

const [DISCOVER, REQUEST, DECLINE] = ['1', '3', '4']
const ofKind = (sent: readonly Packet[], kind: string) => sent.filter(it => it['dhcp.option.dhcp'] === kind)

/** Types of messages of DHCPv6. */
const KINDS6 = {
  solicit: '1',
  request: '3',
  confirm: '4',
  renew: '5',
  rebind: '6',
  decline: '9',
  information: '11',
}
const ofKind6 = (sent: readonly Packet[], kind: keyof typeof KINDS6) =>
  sent.filter(it => it['dhcpv6.msgtype'] === KINDS6[kind])

/** The values of a field, each once. */
const valuesOf = (packets: readonly Packet[], field: string) => [...new Set(packets.map(it => it[field]))]

const TO_ALL = {
  ...{ 'eth.dst': 'ff:ff:ff:ff:ff:ff', 'ip.src': '0.0.0.0', 'ip.dst': '255.255.255.255' },
  ...{ 'udp.srcport': '68', 'udp.dstport': '67', 'ip.checksum.status': '1', 'udp.checksum.status': '1' },
}
const TO_ALL_6 = { 'ipv6.dst': 'ff02::1:2', 'udp.srcport': '546', 'udp.dstport': '547' }

/** What is in each message of a client that asks for something. */
const ASKS = {
  'dhcp.flags': '0x0000',
  'dhcp.option.hostname': 'w1',
  'dhcp.option.vendor_class_id': 'keel',
  'dhcp.option.dhcp_max_message_size': '1500',
  'dhcp.option.request_list_item': '1,121,3,6,12,15,26,42,51,54,58,59,119',
}

/** A message about an address with the number of its interface; its times are the server's business. */
const about = (iaid: string, address: string) => ({
  ...{ 'dhcpv6.iaid': iaid, 'dhcpv6.iaid.t1': '0', 'dhcpv6.iaid.t2': '0', 'dhcpv6.iaaddr.ip': address },
  'dhcpv6.iaaddr.valid_lifetime': address && '0',
})

/** In parallel, because they wait for servers; so `expect` is that of each test. */
describe.concurrent('packets', () => {
  test('DHCP: from the first question to the renewal', async ({ expect, onTestFinished }) => {
    const { lab, mac, iaid, sentUntil } = await openCaptured(onTestFinished)
    workerOf(lab, { wanted: PROBED })
    await sentUntil(sent => ofKind(sent, DISCOVER).length > 2)
    await lab.dnsmasq('--dhcp-option=59,4')
    const announced = (sent: readonly Packet[]) => sent.filter(it => it['arp.isannouncement'] === '1')
    const sent = await sentUntil(all => ofKind(all, REQUEST).length > 1 && announced(all).length > 1)
    expect(sent.flatMap(faultsOf)).toEqual([])

    const discovers = ofKind(sent, DISCOVER)
    const [request, renewal] = ofKind(sent, REQUEST)
    const address = request?.['dhcp.option.requested_ip_address'] ?? ''
    const common = { ...ASKS, 'dhcp.hw.mac_addr': mac }
    for (const discover of discovers)
      expect(discover).toMatchObject({ ...TO_ALL, ...common, 'dhcp.option.type': '53,61,57,55,12,60,0' })
    expect(request).toMatchObject({
      ...{ ...TO_ALL, ...common, 'dhcp.option.type': '53,61,57,55,12,60,54,50,0' },
      ...{ 'dhcp.ip.client': '0.0.0.0', 'dhcp.option.dhcp_server_id': '10.77.0.1' },
      'dhcp.option.requested_ip_address': expect.stringMatching(/^10\.77\.0\.(5\d|60)$/),
    })
    expect(renewal).toMatchObject({
      ...{ ...common, 'dhcp.option.type': '53,61,57,55,12,60,0', 'dhcp.ip.client': address },
      ...{ 'ip.src': address, 'ip.dst': '10.77.0.1', 'ip.checksum.status': '1', 'dhcp.secs': '0' },
    })
    const ofClient = sent.filter(it => it['dhcp.id']).map(it => it['dhcp.option.value']?.split(',')[1])
    expect(new Set(ofClient), 'option 61').toEqual(new Set([`ff${iaid}${CLIENT}`]))

    const first = [...discovers, request ?? {}]
    expect(valuesOf(first, 'dhcp.id')).toHaveLength(1)
    expect(renewal?.['dhcp.id']).not.toBe(request?.['dhcp.id'])
    const seconds = first.map(it => Number(it['dhcp.secs']))
    expect(seconds[0]).toBe(0)
    expect(seconds[2], 'after a quarter and a whole second').toBeGreaterThan(0)
    expect(seconds, 'more and more').toEqual(seconds.toSorted((a, b) => a - b))
    expect(seconds.at(-1), 'those of the question that was answered').toBe(seconds.at(-2))

    const probes = sent.filter(it => it['arp.isprobe'] === '1')
    const asOf = (owner: string) => ({
      ...{ 'eth.dst': 'ff:ff:ff:ff:ff:ff', 'arp.src.hw_mac': mac },
      ...{ 'arp.src.proto_ipv4': owner, 'arp.dst.proto_ipv4': address },
    })
    expect(probes).toMatchObject(Array(3).fill(asOf('0.0.0.0')))
    expect(announced(sent)).toMatchObject(Array(2).fill(asOf(address)))
  })

  test('DHCP: an address that another machine has is declined', async ({ expect, onTestFinished }) => {
    const { lab, mac, iaid, sentUntil } = await openCaptured(onTestFinished)
    await lab.dnsmasq('--dhcp-range=10.77.0.50,10.77.0.50,120')
    lab.atServer('ip', 'address', 'add', '10.77.0.50/32', 'dev', 'lo')
    workerOf(lab, { wanted: PROBED })
    const sent = await sentUntil(all => ofKind(all, DECLINE).length > 0)
    expect(sent.flatMap(faultsOf)).toEqual([])
    expect(ofKind(sent, DECLINE)).toMatchObject([
      {
        ...{ ...TO_ALL, 'dhcp.option.type': '53,61,54,50,0', 'dhcp.hw.mac_addr': mac, 'dhcp.secs': '0' },
        ...{ 'dhcp.ip.client': '0.0.0.0', 'dhcp.option.value': `04,ff${iaid}${CLIENT},0a4d0001,0a4d0032` },
      },
    ])
    expect(valuesOf([...ofKind(sent, REQUEST), ...ofKind(sent, DECLINE)], 'dhcp.id')).toHaveLength(1)
  })

  test('DHCPv6: a lease at once, its renewal, and what another child asks about it', async ({
    expect,
    onTestFinished,
  }) => {
    const { lab, iaid, sentUntil } = await openCaptured(onTestFinished)
    const one = workerOf(lab, { wanted: { dhcp6: true } })
    await sentUntil(sent => ofKind6(sent, 'solicit').length > 1)
    await startKea(lab, { pools: [{ pool: `${PREFIX}100 - ${PREFIX}1ff` }], 'rapid-commit': true }, TIMERS)
    const address = ((await eventsOf(one)('lease6'))['lease'] as { address: string }).address
    await sentUntil(sent => ofKind6(sent, 'renew').length > 0)
    one.end()
    await one.ended
    const remembered6 = [{ interface: 'c0', address }]
    workerOf(lab, { wanted: { dhcp6: true }, remembered6 })
    const sent = await sentUntil(all => ofKind6(all, 'rebind').length > 0)
    expect(sent.flatMap(faultsOf)).toEqual([])

    const asks = { 'dhcpv6.requested_option_code': '23,24,31,39,56,82', 'dhcpv6.client_domain': 'w1' }
    const base = { ...TO_ALL_6, 'dhcpv6.duid.bytes': CLIENT }
    const solicits = ofKind6(sent, 'solicit')
    for (const solicit of solicits)
      expect(solicit).toMatchObject({
        ...{ ...base, ...asks, ...about(iaid, ''), 'dhcpv6.option.type': '1,8,3,6,39,14' },
        'dhcpv6.client_fqdn_flags': '0x01',
      })
    const elapsed = solicits.map(it => Number(it['dhcpv6.elapsed_time']))
    expect(elapsed[0]).toBe(0)
    expect(
      elapsed.slice(1).every((time, at) => time > (elapsed[at] ?? 0)),
      `${elapsed}`,
    ).toBe(true)
    expect(valuesOf(solicits, 'dhcpv6.xid')).toHaveLength(1)
    expect(ofKind6(sent, 'request'), 'rapid commit').toEqual([])
    expect(ofKind6(sent, 'renew')[0]).toMatchObject({
      ...{ ...TO_ALL_6, ...asks, ...about(iaid, address), 'dhcpv6.duid.bytes': `${CLIENT},${SERVER}` },
      ...{ 'dhcpv6.option.type': '1,8,2,3,5,6,39', 'dhcpv6.elapsed_time': '0' },
    })
    expect(ofKind6(sent, 'confirm')[0]).toMatchObject({
      ...{ ...base, ...about(iaid, address), 'dhcpv6.option.type': '1,8,3,5' },
    })
    expect(ofKind6(sent, 'rebind')[0]).toMatchObject({
      ...{ ...base, ...asks, ...about(iaid, address), 'dhcpv6.option.type': '1,8,3,5,6,39' },
    })
  })

  test('DHCPv6: an offer is taken, and its address declined', async ({ expect, onTestFinished }) => {
    const { lab, iaid, sentUntil } = await openCaptured(onTestFinished)
    await startKea(lab, { pools: [{ pool: `${PREFIX}50 - ${PREFIX}51` }] }, TIMERS)
    lab.atServer('ip', 'address', 'add', `${PREFIX}50/64`, 'dev', 's0', 'nodad')
    workerOf(lab, { wanted: { dhcp6: true }, hostname: 'w1.example.org' })
    const sent = await sentUntil(all => ofKind6(all, 'decline').length > 0)
    expect(sent.flatMap(faultsOf)).toEqual([])
    const toServer = {
      ...TO_ALL_6,
      ...about(iaid, `${PREFIX}50`),
      'dhcpv6.duid.bytes': `${CLIENT},${SERVER}`,
    }
    const [request, decline] = [ofKind6(sent, 'request')[0], ofKind6(sent, 'decline')[0]]
    const named = { ...toServer, 'dhcpv6.client_domain': 'w1.example.org.' }
    expect(request).toMatchObject({ ...named, 'dhcpv6.option.type': '1,8,2,3,5,6,39' })
    expect(decline).toMatchObject({ ...toServer, 'dhcpv6.option.type': '1,8,2,3,5' })
    const all = [ofKind6(sent, 'solicit')[0] ?? {}, request ?? {}, decline ?? {}]
    expect(valuesOf(all, 'dhcpv6.xid'), 'each question has its own').toHaveLength(3)
  })

  test('IPv6: a question for routers, and one for information', async ({ expect, onTestFinished }) => {
    const { lab, mac, sentUntil } = await openCaptured(onTestFinished)
    await startDnsmasq6(lab, `--dhcp-range=${PREFIX},ra-stateless,64,120`)
    workerOf(lab, { wanted: { slaac: true } })
    const sent = await sentUntil(all => ofKind6(all, 'information').length > 0)
    expect(sent.flatMap(faultsOf)).toEqual([])
    expect(ofKind6(sent, 'information')[0]).toMatchObject({
      ...{ ...TO_ALL_6, 'dhcpv6.duid.bytes': CLIENT, 'dhcpv6.option.type': '1,8,6' },
      ...{ 'dhcpv6.requested_option_code': '23,24,31,32,56,83', 'dhcpv6.elapsed_time': '0' },
    })
    const solicitations = sent.filter(it => it['icmpv6.type'] === '133')
    expect(solicitations.length).toBeGreaterThan(0)
    for (const solicitation of solicitations)
      expect(solicitation).toMatchObject({
        ...{ 'ipv6.dst': 'ff02::2', 'ipv6.hlim': '255', 'icmpv6.checksum.status': '1' },
        'icmpv6.opt.linkaddr': mac,
      })
  })
})
