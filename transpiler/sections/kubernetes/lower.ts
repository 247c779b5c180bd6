/** kubernetes → Kubernetes' own objects as canonical JSON text, so that closed objects stay closed. */
import type {
  Cni,
  Credentials,
  HttpProxy,
  Kubernetes,
  Shutdown,
  StaticPod,
} from '../../../schema/generated/machine.ts'
import { canonicalJson } from '../../json.ts'
import type { Origins } from '../../machine/origins.ts'
import { lowerBy, type Rows } from '../../machine/rows.ts'
import type { Path } from '../../path.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { certain } from '../../rules/certain.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { Item } from '../item.ts'
import { lowerWorker } from './lower-worker.ts'
import { podFileName } from './pod-names.ts'
import { lowerPrefixes } from './prefixes.ts'
import type { FullKubernetes, FullProxy, FullShutdown, FullStaticPod } from './types.ts'

const HERE: Path = ['kubernetes']

const CREDENTIALS: Rows<Recovered<Credentials> & Item, Credentials> = { username: 'same', password: 'same' }
const PROXY: Rows<FullProxy, HttpProxy> = {
  http: 'same',
  https: 'same',
  noProxy: ({ noProxy }, origins) =>
    origins.listOf([...HERE, 'proxy', 'noProxy'], noProxy, ({ host }) => host),
  credentials: ({ credentials }, origins) =>
    credentials && lowerBy(CREDENTIALS, { at: [...HERE, 'proxy', 'credentials'], ...credentials }, origins),
}

export function lowerKubernetes(kubernetes: FullKubernetes, origins: Origins): Kubernetes {
  const { worker } = kubernetes
  if (kubernetes.role === 'none') return origins.from(HERE, { role: 'none' })
  const pods = {
    ...(kubernetes.version !== undefined && { version: kubernetes.version }),
    cni: lowerCni(kubernetes.podCidrs, origins),
    images: origins.listOf([...HERE, 'images'], kubernetes.images, ({ path }) => path),
    staticPods: kubernetes.staticPods.map(pod => lowerPod(pod, origins)),
  }
  const end = {
    ...(kubernetes.proxy !== undefined && { proxy: lowerBy(PROXY, kubernetes.proxy, origins) }),
    shutdown: lowerShutdown(kubernetes.shutdown, origins),
  }
  const kubelet = canonicalJson(kubernetes.kubeletConfig)
  const at = [...HERE, 'kubelet', 'config']
  if (worker === undefined)
    return origins.from(
      HERE,
      { role: 'standalone', ...pods, kubeletConfig: kubelet, ...end },
      { kubeletConfig: at },
    )
  return origins.from(
    HERE,
    { role: 'worker', ...pods, kubeletPatch: kubelet, ...lowerWorker(worker, origins), ...end },
    { kubeletPatch: at, nodeLabelsFrom: [...HERE, 'nodeLabels', 'fromPlatform'] },
  )
}

function lowerCni(podCidrs: FullKubernetes['podCidrs'], origins: Origins): Cni {
  const at = [...HERE, 'cni']
  if (podCidrs === undefined) return origins.from(at, { type: 'none' })
  const bridge: Extract<Cni, { type: 'bridge' }> = {
    type: 'bridge',
    podCidrs: lowerPrefixes(podCidrs, origins),
  }
  return origins.from(at, bridge, { podCidrs: [...at, 'bridge', 'podCIDRs'] })
}

function lowerPod({ at, pod }: FullStaticPod, origins: Origins): StaticPod {
  return origins.from(at, { name: podFileName(pod), pod: canonicalJson(pod) }, { name: at, pod: at })
}

function lowerShutdown(shutdown: FullShutdown, origins: Origins): Shutdown {
  return origins.from([...HERE, 'shutdown'], {
    gracePeriodMs: millisecondsOf(certain(shutdown.gracePeriod, 'shutdown.gracePeriod')),
    criticalPodsGracePeriodMs: millisecondsOf(
      certain(shutdown.criticalPodsGracePeriod, 'shutdown.criticalPodsGracePeriod'),
    ),
  })
}
