/** kubernetes: the kubelet's configuration, the pods as objects, and no network unless one is asked for. */
import type { Bridge, HttpProxy, Kubernetes, NodeConfig, StaticPod } from '../../../schema/generated/node.ts'
import type { JsonObject } from '../../json.ts'
import { joinPatches, mergePatch } from '../../json.ts'
import type { Path } from '../../path.ts'
import { itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { objectIn } from '../../yaml/object-file.ts'
import { filled, placed } from '../filled.ts'
import { defaultRegistries } from '../registries.ts'
import { type Role, roleOf } from '../role.ts'
import type { Reading } from '../section.ts'
import { defaultWorker } from './default-worker.ts'
import { knownMinor } from './known.ts'
import { standaloneKubelet, workerKubelet } from './kubelet-config.ts'
import { prefixesOf } from './prefixes.ts'
import { shutdownPeriods } from './shutdown-periods.ts'
import type { FullKubernetes, FullPrefix, FullProxy, FullStaticPod } from './types.ts'

export function defaultKubernetes(config: Recovered<NodeConfig>, reading: Reading): FullKubernetes {
  const role = roleOf(config)
  const kubernetes = config.kubernetes ?? {}
  const { removed } = reading
  return {
    role,
    version: kubernetes.version,
    minor: knownMinor(kubernetes.version),
    given: givenKeys(kubernetes),
    podCidrs: podCidrsOf(kubernetes.cni),
    images: itemsOf(kubernetes.images, ['kubernetes', 'images']).map(({ item, at }) => ({ at, path: item })),
    pauseImage: kubernetes.pauseImage,
    registries: defaultRegistries(kubernetes),
    proxy: defaultProxy(kubernetes.proxy),
    staticPods: itemsOf(kubernetes.staticPods, ['kubernetes', 'staticPods']).flatMap(({ item, at }) =>
      defaultPod(item, at, reading),
    ),
    kubeletConfig: kubeletConfigOf(role, kubernetes) as JsonObject,
    kubeletPatch: { fields: kubernetes.kubelet?.config ?? {}, removed },
    shutdown: shutdownPeriods(kubernetes.shutdown),
    worker: role === 'worker' ? defaultWorker(kubernetes, reading) : undefined,
  }
}

/** Keys with a value; an empty list and `cni: none` say what is so anyway. */
function givenKeys(kubernetes: Recovered<Kubernetes>): string[] {
  const keys = Object.entries(kubernetes)
    .filter(([, value]) => value !== 'none' && !(Array.isArray(value) && value.length === 0))
    .map(([key]) => key)
  return kubernetes.kubelet?.extraArgs === undefined ? keys : [...keys, 'kubelet.extraArgs']
}

function kubeletConfigOf(role: Role, { clientCA, kubelet, shutdown }: Recovered<Kubernetes>): unknown {
  const own = kubelet?.config ?? {}
  const periods = shutdownPeriods(shutdown)
  if (role === 'worker') return joinPatches(workerKubelet(periods), own)
  return mergePatch(standaloneKubelet(clientCA !== undefined, periods), own)
}

function podCidrsOf(cni: Recovered<Kubernetes>['cni']): FullPrefix[] | undefined {
  if (cni === undefined || cni === 'none') return undefined
  const at = ['kubernetes', 'cni', 'bridge']
  const { podCIDRs } = filled<Bridge>('Bridge', cni.bridge ?? {}, at)
  return prefixesOf(podCIDRs, [...at, 'podCIDRs'])
}

function defaultProxy(proxy: Recovered<HttpProxy> | undefined): FullProxy | undefined {
  if (proxy === undefined) return undefined
  const at: Path = ['kubernetes', 'proxy']
  const noProxy = itemsOf(proxy.noProxy, [...at, 'noProxy'])
  return { ...placed<HttpProxy>(proxy, at), noProxy: noProxy.map(({ item, at }) => ({ at, host: item })) }
}

function defaultPod(item: Recovered<StaticPod>, at: Path, { locals, report }: Reading): FullStaticPod[] {
  const given = Object.keys(item).filter(key => key === 'local' || key === 'pod')
  const isOneItself = ['apiVersion', 'kind', 'metadata', 'spec'].some(key => Object.hasOwn(item, key))
  const isPod = given.length === 0 && isOneItself
  if (given.length > 1 || isPod || Object.keys(item).length === 0) {
    report.add('kubernetes-static-pod-choice', at, { given, isPod }, isPod ? { explainsKeys: true } : {})
    return []
  }
  if (item.pod !== undefined) return [{ at, inside: [...at, 'pod'], pod: item.pod, file: undefined }]
  // Its key is unknown, which is reported.
  if (item.local === undefined) return []
  const local = [...at, 'local']
  const name = item.local
  const bytes = locals.read(name, local)
  if (bytes === undefined) return []
  const found = objectIn(bytes, name)
  if ('object' in found)
    return [{ at: local, inside: undefined, pod: found.object, file: { name, lineOf: found.lineOf } }]
  report.add('kubernetes-pod-file', local, { name, problem: found.problem })
  return []
}
