/** Tunnels of WireGuard: keys, peers, and what the kernel does with them silently. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { hostUseProblem, type OwnNetwork } from '../../rules/address.ts'
import { bytesOfBase64 } from '../../rules/base64.ts'
import { checkDuration } from '../../rules/duration.ts'
import { endpointProblem } from '../../rules/endpoint.ts'
import { type Address, contains, ipOf, networkText, overlap, type Prefix, widthOf } from '../../rules/ip.ts'
import { CONNECTED_METRIC, MAIN, metricOf } from '../../rules/route.ts'
import { millisecondsOf } from '../../rules/units.ts'
import { isGiven } from '../filled.ts'
import type { FullConfig } from '../full-config.ts'
import { checkNetworkText } from './check-network-text.ts'
import type { FullAddress, FullLink, FullPeer, FullWireguard } from './types.ts'
import { endpointOf } from './wireguard-endpoint.ts'

/** Bytes of a key. */
const LENGTH = 32

interface Tunnel {
  readonly link: FullLink
  readonly wireguard: FullWireguard
}

export function checkWireguard(
  { network, storage }: FullConfig,
  own: OwnNetwork,
  report: Report,
  isWhole: IsWhole,
): void {
  const tunnels = network.links.flatMap((link): Tunnel[] =>
    link.wireguard === undefined ? [] : [{ link, wireguard: link.wireguard }],
  )
  const hasState =
    !isWhole(['storage', 'disks', '*']) ||
    storage.disks.some(({ partitions }) => partitions.some(({ label }) => label === 'KEEL-STATE'))
  const ways = waysOf(network.links)
  for (const tunnel of tunnels) {
    const { link, wireguard } = tunnel
    checkDynamic(link, report)
    checkOwnKey(wireguard, hasState, report)
    for (const peer of wireguard.peers) {
      checkPeer(peer, report)
      checkEndpoint(peer, tunnel, own, ways, report)
      checkBegin(peer, wireguard, report)
    }
    checkTwice(wireguard, report)
    checkReach(tunnel, report, isWhole)
  }
  checkPorts(tunnels, report)
}

function checkDynamic({ at, dhcp4, dhcp6, slaac }: FullLink, report: Report): void {
  for (const [key, is] of Object.entries({ dhcp4, dhcp6, slaac }))
    if (is === true) report.add('network-wireguard-dynamic', [...at, key], { key }, { aim: 'key' })
}

function checkOwnKey(wireguard: FullWireguard, hasState: boolean, report: Report): void {
  const { at, privateKey } = wireguard
  checkKey('privateKey', privateKey, at, report)
  if (!isGiven(wireguard, 'privateKey') && !hasState)
    report.add('network-wireguard-key-lost', at, {}, { aim: 'key' })
}

function checkKey(key: string, text: string | undefined, at: Path, report: Report): void {
  const why = text === undefined ? undefined : keyProblem(text)
  if (why !== undefined) report.add('network-wireguard-key', [...at, key], { key, why })
}

/** Why a text is not a key, as a phrase that follows a colon. It does not show any part of it: it may be a secret. */
function keyProblem(text: string): string | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return 'it is hexadecimal, and a key is written in base64'
  const bytes = bytesOfBase64(text)
  if (bytes === undefined || /\s/.test(text)) return 'it is not base64 with padding'
  if (bytes.length !== LENGTH) return `it has ${bytes.length} bytes instead of ${LENGTH}`
  return bytes.every(byte => byte === 0) ? 'it is all zeros, which means none' : undefined
}

function checkPeer(peer: FullPeer, report: Report): void {
  const { at, publicKey, presharedKey, persistentKeepalive, allowedIPs } = peer
  checkKey('publicKey', publicKey, at, report)
  checkKey('presharedKey', presharedKey, at, report)
  const here = [...at, 'persistentKeepalive']
  if (
    checkDuration(persistentKeepalive, ['1s', '65535s'], here, report) &&
    millisecondsOf(persistentKeepalive) % 1000 !== 0
  )
    report.add('network-wireguard-keepalive', here, { value: persistentKeepalive })
  for (const allowed of allowedIPs) checkNetworkText(allowed, report)
}

/** One of both sides knows where the other is, and the other listens at a port that is known. */
function checkBegin(peer: FullPeer, wireguard: FullWireguard, report: Report): void {
  if (!isGiven(peer, 'endpoint') && !isGiven(wireguard, 'listenPort'))
    report.add('network-wireguard-no-way', peer.at, {}, { lacks: ['endpoint'] })
}

/** A peer, or a network, that is there twice: of networks the kernel keeps the last one. */
function checkTwice({ peers }: FullWireguard, report: Report): void {
  const keys = new Map<string, Path>()
  const networks = new Map<string, FullAddress & { peer: FullPeer }>()
  for (const peer of peers) {
    const { at, publicKey, allowedIPs } = peer
    const first = publicKey === undefined ? undefined : keys.get(publicKey)
    if (publicKey !== undefined) keys.set(publicKey, first ?? at)
    if (first !== undefined) {
      const related = [{ path: first, message: 'first given here' }]
      report.add(
        'network-wireguard-peer-twice',
        [...at, 'publicKey'],
        { publicKey: publicKey ?? '' },
        { related },
      )
    }
    for (const allowed of allowedIPs) {
      if (allowed.prefix === undefined) continue
      const key = networkText(allowed.prefix)
      const first = networks.get(key)
      networks.set(key, first ?? { ...allowed, peer })
      if (first === undefined) continue
      const related = [{ path: first.at, message: 'first given here' }]
      const args = { network: allowed.text, isSamePeer: first.peer === peer }
      report.add('network-wireguard-allowed-twice', allowed.at, args, { related })
    }
  }
}

/** Allowed IPs say which peer gets a packet, and routes that it goes into the tunnel at all. */
function checkReach({ link, wireguard }: Tunnel, report: Report, isWhole: IsWhole): void {
  if (!isWhole([...link.at, 'addresses']) || !isWhole([...link.at, 'routes', '*'])) return
  const networks = link.addresses.flatMap(({ prefix }) =>
    prefix === undefined || prefix.length === widthOf(prefix.address) ? [] : [prefix],
  )
  const reached = [...networks, ...link.routes.flatMap(({ to }) => to ?? [])]
  for (const { at, text, prefix } of wireguard.peers.flatMap(({ allowedIPs }) => allowedIPs))
    if (prefix !== undefined && !reached.some(one => overlap(one, prefix)))
      report.add('network-wireguard-allowed-unreached', at, { network: text })
}

function checkPorts(tunnels: readonly Tunnel[], report: Report): void {
  const seen = new Map<number, Path>()
  for (const { wireguard } of tunnels) {
    const { at, listenPort } = wireguard
    if (listenPort === undefined) continue
    const first = seen.get(listenPort)
    seen.set(listenPort, first ?? [...at, 'listenPort'])
    if (first === undefined) continue
    const related = [{ path: first, message: 'first given here' }]
    report.add('network-wireguard-port-twice', [...at, 'listenPort'], { port: listenPort }, { related })
  }
}

function checkEndpoint(
  { at, endpoint }: FullPeer,
  { link, wireguard }: Tunnel,
  own: OwnNetwork,
  ways: readonly Way[],
  report: Report,
): void {
  if (endpoint === undefined) return
  const here = [...at, 'endpoint']
  const form = endpointProblem(endpoint)
  if (form !== undefined) return report.add('network-wireguard-endpoint', here, { endpoint, ...form })
  const host = endpointOf(endpoint)?.host ?? ''
  const problem = hostUseProblem(host, 'time-server', own)
  if (problem?.isError)
    return report.add('network-wireguard-endpoint', here, { endpoint, why: problem.why, better: undefined })
  if (problem !== undefined) {
    const { why, hint } = problem
    return report.add('network-wireguard-endpoint-unreachable', here, { what: `\`${endpoint}\``, why, hint })
  }
  const address = ipOf(host)
  const way = address && ways.find(({ to }) => contains(to, address))
  // With a mark, rules may lead the encrypted packets elsewhere.
  if (way?.link === link && !isGiven(wireguard, 'mark'))
    report.add('network-wireguard-endpoint-inside', here, { endpoint, route: networkText(way.to) })
}

/** A way of the main table. */
interface Way {
  readonly to: Prefix
  readonly metric: number
  readonly link: FullLink
}

/** The ways that the config knows, that first which the kernel takes first. */
function waysOf(links: readonly FullLink[]): Way[] {
  const ways = links.flatMap((link): Way[] => [
    ...link.addresses.flatMap(({ prefix }) =>
      prefix === undefined ? [] : [{ to: prefix, metric: CONNECTED_METRIC[familyOf(prefix.address)], link }],
    ),
    ...link.routes.flatMap(({ to, metric, table = MAIN }) =>
      to === undefined || table !== MAIN
        ? []
        : [{ to, metric: metricOf(familyOf(to.address), metric), link }],
    ),
  ])
  return ways.toSorted((a, b) => b.to.length - a.to.length || a.metric - b.metric)
}

const familyOf = ({ family }: Address) => family
