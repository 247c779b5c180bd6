/** kubernetes.join: one whole way to find the cluster and to trust it, in the forms that kubeadm reads. */
import type { Report, Showing } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { OwnNetwork } from '../../rules/address.ts'
import { hostUseProblem } from '../../rules/address.ts'
import { checkDuration } from '../../rules/duration.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullConfig } from '../full-config.ts'
import { ownNetwork } from '../own-network.ts'
import { readDiscoveryFile } from './discovery-file.ts'
import { caHashProblem, endpointProblem, hostOf, tokenProblem } from './join-forms.ts'
import type { FullDiscovery, FullJoin } from './types.ts'

const HERE: Path = ['kubernetes', 'join']
/** What finds a cluster and trusts it. */
const WAYS = ['endpoint', 'token', 'caCertHashes', 'discoveryFile']

export function checkJoin(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const { worker } = config.kubernetes
  if (worker === undefined) return
  const network = ownNetwork(config, isWhole)
  // That nothing is reachable without an interface is reported for the interfaces.
  const hasNoInterface = config.network.links.length === 0
  const own = hasNoInterface ? { ...network, hasDefaultRoute: () => true, hasNameServer: true } : network
  checkTimes(worker.join, report)
  const { endpoint, token, caCertHashes, file } = worker.discovery
  if (token !== undefined) {
    const why = tokenProblem(token)
    if (why !== undefined) report.add('kubernetes-token', [...HERE, 'token'], { why })
  }
  if (endpoint !== undefined) checkEndpoint(endpoint, own, report)
  checkHashes(caCertHashes, report)
  if (file !== undefined) checkFile(file.text, worker.discovery, own, report)
  else checkWhole(worker.discovery, report)
}

function checkEndpoint(endpoint: string, own: OwnNetwork, report: Report): void {
  const at = [...HERE, 'endpoint']
  const form = endpointProblem(endpoint)
  if (form !== undefined) return report.add('kubernetes-endpoint', at, { endpoint, ...form })
  const { isError, why, hint } = hostUseProblem(hostOf(endpoint), 'endpoint', own) ?? {}
  if (why === undefined) return
  if (isError) report.add('kubernetes-endpoint', at, { endpoint, why, better: undefined })
  else report.add('kubernetes-endpoint-unreachable', at, { what: `\`${endpoint}\``, why, hint })
}

function checkHashes(hashes: FullDiscovery['caCertHashes'], report: Report): void {
  const seen = new Set<string>()
  for (const { at, hash } of hashes) {
    const problem = caHashProblem(hash)
    if (problem !== undefined) report.add('kubernetes-ca-hash', at, problem)
    else if (seen.has(hash)) report.add('kubernetes-duplicate-ca-hash', at, { hash })
    seen.add(hash)
  }
}

/** By token: all three, unless it is by file. */
function checkWhole({ endpoint, token, caCertHashes }: FullDiscovery, report: Report): void {
  const isEmpty = endpoint === undefined && token === undefined && caCertHashes.length === 0
  if (isEmpty && report.isChecked(HERE, WAYS))
    return report.add('kubernetes-join-missing', HERE, {}, { aim: 'key', lacks: WAYS })
  const without = (key: string): Showing => ({ aim: 'key', lacks: [key, 'discoveryFile'] })
  for (const [key, value] of Object.entries({ endpoint, token })) {
    if (value === undefined) report.add('kubernetes-join-incomplete', HERE, { key }, without(key))
  }
  if (caCertHashes.length === 0) report.add('kubernetes-join-unpinned', HERE, {}, without('caCertHashes'))
}

function checkFile(
  text: string | undefined,
  { given: keys, caCertHashes }: FullDiscovery,
  own: OwnNetwork,
  report: Report,
): void {
  const at = [...HERE, 'discoveryFile']
  const given = [
    ...keys.filter(key => key === 'endpoint'),
    ...(caCertHashes.length === 0 ? [] : ['caCertHashes']),
  ]
  if (given.length > 0) report.add('kubernetes-join-choice', at, { given }, { aim: 'key' })
  if (text === undefined) return
  const found = readDiscoveryFile(text, keys.includes('token'))
  if ('problem' in found) return report.add('kubernetes-discovery-file', at, found, { aim: 'key' })
  const { isError, why, hint } = hostUseProblem(found.host, 'endpoint', own) ?? {}
  if (why === undefined) return
  const problem = `in the address of its server: ${why}`
  if (isError) report.add('kubernetes-discovery-file', at, { problem, isOfServer: true }, { aim: 'key' })
  else
    report.add(
      'kubernetes-endpoint-unreachable',
      at,
      { what: 'the server of the discovery file', why, hint },
      { aim: 'key' },
    )
}

function checkTimes(join: FullJoin, report: Report): void {
  const { discoveryTimeout, kubeletTimeout, retryDelay, maxRetryDelay } = join
  checkDuration(discoveryTimeout, ['1s', '1h'], [...HERE, 'discoveryTimeout'], report)
  checkDuration(kubeletTimeout, ['1s', '1h'], [...HERE, 'kubeletTimeout'], report)
  // The longest delay is the first one where it is not given, so it is not checked if that one is wrong.
  const isPossible = checkDuration(retryDelay, ['100ms', '1h'], [...HERE, 'retryDelay'], report)
  if (isPossible || maxRetryDelay !== retryDelay)
    checkDuration(maxRetryDelay, ['100ms', '24h'], [...HERE, 'maxRetryDelay'], report)
  if (isPossible && maxRetryDelay !== undefined && millisecondsOf(retryDelay) > millisecondsOf(maxRetryDelay))
    report.add('kubernetes-join-delay-order', [...HERE, 'retryDelay'], {
      delay: retryDelay,
      maxDelay: maxRetryDelay,
    })
}
