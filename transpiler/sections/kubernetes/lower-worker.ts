/** What only a worker has → lists and milliseconds. */
import type { Discovery, Join, KubernetesWorker, Taint } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import { lowerBy, type Rows } from '../../machine/rows.ts'
import type { Path } from '../../path.ts'
import { certain } from '../../rules/certain.ts'
import { millisecondsOf } from '../../rules/units.ts'
import { lowerPrefixes } from './prefixes.ts'
import type { FullDiscovery, FullJoin, FullTaint, FullWorker } from './types.ts'

const HERE: Path = ['kubernetes']

/** The part of a machine config's `kubernetes` that comes after the kubelet's patch, in the order of the schema. */
type WorkerPart = Pick<
  KubernetesWorker,
  | 'kubeletExtraArgs'
  | 'nodeName'
  | 'nodeAddress'
  | 'nodeLabelsFrom'
  | 'labels'
  | 'taints'
  | 'discovery'
  | 'join'
>

const TAINT: Rows<FullTaint, Taint> = { key: 'same', value: 'same', effect: 'same' }
const JOIN: Rows<FullJoin, Join> = {
  discoveryTimeoutMs: ({ discoveryTimeout }) =>
    millisecondsOf(certain(discoveryTimeout, 'join.discoveryTimeout')),
  kubeletTimeoutMs: ({ kubeletTimeout }) => millisecondsOf(certain(kubeletTimeout, 'join.kubeletTimeout')),
  retryDelayMs: ({ retryDelay }) => millisecondsOf(certain(retryDelay, 'join.retryDelay')),
  maxRetryDelayMs: ({ maxRetryDelay }) => millisecondsOf(certain(maxRetryDelay, 'join.maxRetryDelay')),
}

export function lowerWorker(worker: FullWorker, origins: Origins): WorkerPart {
  const { nodeName, nodeSubnets, labels, labelsFromPlatform, taints, extraArgs, discovery, join } = worker
  return {
    kubeletExtraArgs: extraArgs.map(({ at, name, value }) =>
      origins.from(at, { name, value }, { name: at, value: at }),
    ),
    ...(nodeName !== undefined && { nodeName }),
    ...(nodeSubnets !== undefined && {
      nodeAddress: origins.from([...HERE, 'nodeAddress'], { subnets: lowerPrefixes(nodeSubnets, origins) }),
    }),
    ...(labelsFromPlatform && { nodeLabelsFrom: 'platform' as const }),
    labels: labels.map(({ at, name, value }) => origins.from(at, { name, value }, { name: at, value: at })),
    taints: taints.map(taint => lowerBy(TAINT, taint, origins)),
    discovery: lowerDiscovery(discovery, origins),
    join: lowerBy(JOIN, join, origins),
  }
}

function lowerDiscovery({ endpoint, token, caCertHashes, file }: FullDiscovery, origins: Origins): Discovery {
  const at = [...HERE, 'join']
  if (file !== undefined)
    return origins.from(
      at,
      {
        type: 'file',
        kubeconfig: certain(file.text, 'the discovery file'),
        ...(token !== undefined && { tlsBootstrapToken: token }),
      },
      { kubeconfig: [...at, 'discoveryFile'], tlsBootstrapToken: [...at, 'token'] },
    )
  return origins.from(at, {
    type: 'token',
    endpoint: certain(endpoint, 'the endpoint'),
    token: certain(token, 'the token'),
    caCertHashes: origins.listOf([...at, 'caCertHashes'], caCertHashes, ({ hash }) => hash),
  })
}
