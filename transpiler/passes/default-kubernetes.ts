/** kubernetes: the kubelet's configuration, the pods as objects, and no network unless one is asked for. */
import type { Kubernetes, NodeConfig, StaticPod } from '../../schema/generated/node.ts'
import type { FullKubernetes, FullStaticPod, JsonObject } from '../full-config.ts'
import { itemsOf } from '../items.ts'
import { joinPatches, mergePatch } from '../json.ts'
import { standaloneKubelet, workerKubelet } from '../kubelet-config.ts'
import type { Locals } from '../local.ts'
import type { Path } from '../path.ts'
import type { Report } from '../report.ts'
import { shutdownPeriods } from '../shutdown-periods.ts'
import { objectIn } from '../yaml-file.ts'

const DEFAULT_POD_CIDR = '10.244.0.0/24'

export function defaultKubernetes(
  { kubernetes }: Partial<NodeConfig>,
  removed: ReadonlySet<string>,
  locals: Locals,
  report: Report,
): FullKubernetes {
  if (kubernetes === undefined)
    return {
      role: 'none',
      given: [],
      podCidr: undefined,
      images: [],
      staticPods: [],
      kubeletConfig: {},
      kubeletPatch: { fields: {}, removed },
      shutdown: shutdownPeriods(undefined),
    }
  return {
    role: kubernetes.role,
    given: givenKeys(kubernetes),
    podCidr: podCidrOf(kubernetes.cni),
    images: itemsOf(kubernetes.images, ['kubernetes', 'images']).map(({ item, at }) => ({ at, path: item })),
    staticPods: itemsOf(kubernetes.staticPods, ['kubernetes', 'staticPods']).flatMap(({ item, at }) =>
      defaultPod(item, at, locals, report),
    ),
    kubeletConfig: kubeletConfigOf(kubernetes) as JsonObject,
    kubeletPatch: { fields: kubernetes.kubelet?.config ?? {}, removed },
    shutdown: shutdownPeriods(kubernetes.shutdown),
  }
}

/** Keys with a value; an empty list and `cni: none` say what is so anyway. */
function givenKeys(kubernetes: Kubernetes): string[] {
  const keys = Object.entries(kubernetes)
    .filter(([, value]) => value !== 'none' && !(Array.isArray(value) && value.length === 0))
    .map(([key]) => key)
  return kubernetes.kubelet?.extraArgs === undefined ? keys : [...keys, 'kubelet.extraArgs']
}

function kubeletConfigOf({ role, clientCA, kubelet, shutdown }: Kubernetes): unknown {
  const own = kubelet?.config ?? {}
  const periods = shutdownPeriods(shutdown)
  if (role === 'worker') return joinPatches(workerKubelet(periods), own)
  return mergePatch(standaloneKubelet(clientCA !== undefined, periods), own)
}

function podCidrOf(cni: Kubernetes['cni']): string | undefined {
  return cni === undefined || cni === 'none' ? undefined : (cni.bridge.podCIDR ?? DEFAULT_POD_CIDR)
}

function defaultPod(item: StaticPod, at: Path, locals: Locals, report: Report): FullStaticPod[] {
  const given = Object.keys(item)
  if (given.length !== 1) {
    report.add('kubernetes-static-pod-choice', at, { given })
    return []
  }
  if (item.pod !== undefined) return [{ at, inside: [...at, 'pod'], pod: item.pod, file: undefined }]
  // Its key is one that there is not, which is reported.
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
