/** kubernetes.join: one whole way to find the cluster and to trust it, in the forms that kubeadm reads. */
import { discoveryFileProblem } from '../discovery-file.ts'
import { checkDuration } from '../durations.ts'
import type { FullConfig, FullDiscovery, FullJoin } from '../full-config.ts'
import { caHashProblem, endpointProblem, tokenProblem } from '../join-forms.ts'
import type { Path } from '../path.ts'
import type { Report, Showing } from '../report.ts'
import { millisecondsOf } from '../units.ts'

const HERE: Path = ['kubernetes', 'join']
/** What finds a cluster and trusts it. */
const WAYS = ['endpoint', 'token', 'caCertHashes', 'discoveryFile']

export function checkJoin({ worker }: FullConfig, report: Report): void {
  if (worker === undefined) return
  checkTimes(worker.join, report)
  const { endpoint, token, caCertHashes, file } = worker.discovery
  if (token !== undefined) {
    const why = tokenProblem(token)
    if (why !== undefined) report.add('kubernetes-token', [...HERE, 'token'], { why })
  }
  if (endpoint !== undefined) {
    const problem = endpointProblem(endpoint)
    if (problem !== undefined)
      report.add('kubernetes-endpoint', [...HERE, 'endpoint'], { endpoint, ...problem })
  }
  checkHashes(caCertHashes, report)
  if (file !== undefined) checkFile(file.text, worker.discovery, report)
  else checkWhole(worker.discovery, report)
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
  if (isEmpty && report.judges(HERE, WAYS))
    return report.add('kubernetes-join-missing', HERE, {}, { aim: 'key', lacks: WAYS })
  const without = (key: string): Showing => ({ aim: 'key', lacks: [key, 'discoveryFile'] })
  for (const [key, value] of Object.entries({ endpoint, token })) {
    if (value === undefined) report.add('kubernetes-join-incomplete', HERE, { key }, without(key))
  }
  if (caCertHashes.length === 0) report.add('kubernetes-join-unpinned', HERE, {}, without('caCertHashes'))
}

function checkFile(
  text: string | undefined,
  { endpoint, token, caCertHashes }: FullDiscovery,
  report: Report,
): void {
  const at = [...HERE, 'discoveryFile']
  const given = [
    ...(endpoint === undefined ? [] : ['endpoint']),
    ...(caCertHashes.length === 0 ? [] : ['caCertHashes']),
  ]
  if (given.length > 0) report.add('kubernetes-join-choice', at, { given }, { aim: 'key' })
  const problem = text === undefined ? undefined : discoveryFileProblem(text, token !== undefined)
  if (problem !== undefined) report.add('kubernetes-discovery-file', at, { problem }, { aim: 'key' })
}

function checkTimes(join: FullJoin, report: Report): void {
  const { discoveryTimeout, kubeletTimeout, retryDelay, maxRetryDelay } = join
  checkDuration(discoveryTimeout, ['1s', '1h'], [...HERE, 'discoveryTimeout'], report)
  checkDuration(kubeletTimeout, ['1s', '1h'], [...HERE, 'kubeletTimeout'], report)
  checkDuration(retryDelay, ['100ms', '1h'], [...HERE, 'retryDelay'], report)
  checkDuration(maxRetryDelay, ['100ms', '24h'], [...HERE, 'maxRetryDelay'], report)
  if (millisecondsOf(retryDelay) > millisecondsOf(maxRetryDelay))
    report.add('kubernetes-join-delay-order', [...HERE, 'retryDelay'], {
      delay: retryDelay,
      maxDelay: maxRetryDelay,
    })
}
