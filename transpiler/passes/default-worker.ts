/** kubernetes with role worker: how it joins, and what it registers with. */
import type { Join, NodeConfig, Taint } from '../../schema/generated/node.ts'
import { contentsOf } from '../contents.ts'
import type { FullDiscovery, FullJoin, FullTaint, FullWorker } from '../full-config.ts'
import { itemsOf } from '../items.ts'
import type { Locals } from '../local.ts'
import type { Path } from '../path.ts'
import type { Report } from '../report.ts'
import { millisecondsOf } from '../units.ts'

const HERE: Path = ['kubernetes']

export function defaultWorker(
  { kubernetes }: Partial<NodeConfig>,
  locals: Locals,
  report: Report,
): FullWorker | undefined {
  if (kubernetes?.role !== 'worker') return undefined
  const { nodeName, join, labels, taints, kubelet } = kubernetes
  return {
    nodeName,
    labels: Object.entries(labels ?? {}).map(([name, value]) => ({
      at: [...HERE, 'labels', name],
      name,
      value,
    })),
    taints: itemsOf(taints, [...HERE, 'taints']).map(({ item, at }) => ({ at, ...taintOf(item) })),
    extraArgs: Object.entries(kubelet?.extraArgs ?? {}).map(([name, value]) => ({
      at: [...HERE, 'kubelet', 'extraArgs', name],
      name,
      value: String(value),
    })),
    discovery: defaultDiscovery(join, locals, report),
    join: defaultJoin(join),
  }
}

/** `key=value:effect` or `key:effect`, as the schema has seen. */
function taintOf(taint: Taint): Omit<FullTaint, 'at'> {
  if (typeof taint !== 'string') return { key: taint.key, value: taint.value ?? '', effect: taint.effect }
  const colon = taint.lastIndexOf(':')
  const [key = '', value = ''] = taint.slice(0, colon).split('=')
  return { key, value, effect: taint.slice(colon + 1) as FullTaint['effect'] }
}

function defaultDiscovery(join: Join | undefined, locals: Locals, report: Report): FullDiscovery {
  const at = [...HERE, 'join']
  const hashes = itemsOf(join?.caCertHashes, [...at, 'caCertHashes'])
  return {
    endpoint: join?.endpoint,
    token: join?.token,
    caCertHashes: hashes.map(({ item, at }) => ({ at, hash: item })),
    file: join?.discoveryFile && {
      text: fileText(join.discoveryFile, [...at, 'discoveryFile'], locals, report),
    },
  }
}

function fileText(
  file: NonNullable<Join['discoveryFile']>,
  at: Path,
  locals: Locals,
  report: Report,
): string | undefined {
  const contents = contentsOf(file, at, 'kubernetes-discovery-file-choice', locals, report)
  if (contents === undefined) return undefined
  // Bytes that are no text are no kubeconfig either; the check says so.
  return 'text' in contents ? contents.text : ''
}

/**
 * kubeadm looks for a cluster for five minutes and says only then why it found none. init tries for ever anyway, so a
 * try of one minute says sooner what is wrong.
 */
function defaultJoin(join: Join | undefined): FullJoin {
  const retryDelay = join?.retryDelay ?? '5s'
  const isLong = millisecondsOf(retryDelay) > millisecondsOf('5m')
  return {
    discoveryTimeout: join?.discoveryTimeout ?? '60s',
    kubeletTimeout: join?.kubeletTimeout ?? '4m',
    retryDelay,
    maxRetryDelay: join?.maxRetryDelay ?? (isLong ? retryDelay : '5m'),
  }
}
