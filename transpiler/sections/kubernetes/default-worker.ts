/** kubernetes with role worker: how it joins, and what it registers with. */
import type {
  DiscoveryFile,
  Join,
  Kubernetes,
  NodeLabels,
  Taint,
  TaintMap,
} from '../../../schema/generated/node.ts'
import type { Path } from '../../path.ts'
import { entriesOf, itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { millisecondsOf } from '../../rules/units.ts'
import { contentsOf } from '../contents.ts'
import { filled } from '../filled.ts'
import type { Reading } from '../section.ts'
import { prefixesOf } from './prefixes.ts'
import type { FullDiscovery, FullJoin, FullWorker } from './types.ts'

const HERE: Path = ['kubernetes']

export function defaultWorker(
  { nodeName, nodeAddress, join, labels, nodeLabels, taints, kubelet }: Recovered<Kubernetes>,
  reading: Reading,
): FullWorker {
  return {
    nodeName,
    nodeSubnets: nodeAddress && prefixesOf(nodeAddress.subnets, [...HERE, 'nodeAddress', 'subnets']),
    labels: entriesOf(labels, [...HERE, 'labels']).map(({ key, value, at }) => ({ at, name: key, value })),
    labelsFromPlatform:
      filled<NodeLabels>('NodeLabels', nodeLabels ?? {}, [...HERE, 'nodeLabels']).fromPlatform === true,
    taints: itemsOf(taints, [...HERE, 'taints']).map(({ item, at }) => filled('TaintMap', taintOf(item), at)),
    extraArgs: entriesOf(kubelet?.extraArgs, [...HERE, 'kubelet', 'extraArgs']).map(({ key, value, at }) => ({
      at,
      name: key,
      value: String(value),
    })),
    discovery: defaultDiscovery(join, reading),
    join: defaultJoin(join),
  }
}

/** `key=value:effect` or `key:effect`, as the schema has seen. */
function taintOf(taint: Recovered<Taint>): Recovered<TaintMap> {
  if (typeof taint !== 'string') return taint
  const colon = taint.lastIndexOf(':')
  const [key = '', value = ''] = taint.slice(0, colon).split('=')
  return { key, value, effect: taint.slice(colon + 1) as TaintMap['effect'] }
}

function defaultDiscovery(join: Recovered<Join> | undefined, reading: Reading): FullDiscovery {
  const at = [...HERE, 'join']
  const hashes = itemsOf(join?.caCertHashes, [...at, 'caCertHashes'])
  return {
    given: Object.keys(join ?? {}),
    endpoint: join?.endpoint,
    token: join?.token,
    caCertHashes: hashes.map(({ item, at }) => ({ at, hash: item })),
    file: join?.discoveryFile && {
      text: fileText(join.discoveryFile, [...at, 'discoveryFile'], reading),
    },
  }
}

function fileText(file: Recovered<DiscoveryFile>, at: Path, reading: Reading): string | undefined {
  const contents = contentsOf(file, at, 'kubernetes-discovery-file-choice', reading)
  if (contents === undefined) return undefined
  // Bytes that are not text are not a kubeconfig either; the check reports that.
  return 'text' in contents ? contents.text : ''
}

/**
 * kubeadm looks for a cluster for five minutes and says only then why it found none. init tries forever anyway, so a
 * try of one minute says sooner what is wrong.
 */
function defaultJoin(join: Recovered<Join> = {}): FullJoin {
  const whole = filled<Join>('Join', join, [...HERE, 'join'])
  const { retryDelay, maxRetryDelay } = whole
  const isLong =
    retryDelay !== undefined &&
    maxRetryDelay !== undefined &&
    millisecondsOf(retryDelay) > millisecondsOf(maxRetryDelay)
  return isLong && !('maxRetryDelay' in join) ? { ...whole, maxRetryDelay: whole.retryDelay } : whole
}
