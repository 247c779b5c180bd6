/** kubernetes with role worker: how it joins, and what it registers with. */
import type { Join, Kubernetes, Taint } from '../../../schema/generated/node.ts'
import type { Path } from '../../path.ts'
import { itemsOf } from '../../recover/items.ts'
import { millisecondsOf } from '../../rules/units.ts'
import { contentsOf } from '../contents.ts'
import type { Reading } from '../section.ts'
import type { FullDiscovery, FullJoin, FullTaint, FullWorker } from './types.ts'

const HERE: Path = ['kubernetes']

export function defaultWorker(
  { nodeName, join, labels, taints, kubelet }: Kubernetes,
  reading: Reading,
): FullWorker {
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
    discovery: defaultDiscovery(join, reading),
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

function defaultDiscovery(join: Join | undefined, reading: Reading): FullDiscovery {
  const at = [...HERE, 'join']
  const hashes = itemsOf(join?.caCertHashes, [...at, 'caCertHashes'])
  return {
    endpoint: join?.endpoint,
    token: join?.token,
    caCertHashes: hashes.map(({ item, at }) => ({ at, hash: item })),
    file: join?.discoveryFile && {
      text: fileText(join.discoveryFile, [...at, 'discoveryFile'], reading),
    },
  }
}

function fileText(file: NonNullable<Join['discoveryFile']>, at: Path, reading: Reading): string | undefined {
  const contents = contentsOf(file, at, 'kubernetes-discovery-file-choice', reading)
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
