/** kubernetes: the whole KubeletConfiguration, the pods as objects, and no network unless one is asked for. */
import type { Kubernetes, NodeConfig, StaticPod } from '../../schema/generated/node.ts'
import type { FullKubernetes, FullStaticPod, JsonObject } from '../full-config.ts'
import { itemsOf } from '../items.ts'
import { isObject, mergePatch } from '../json.ts'
import { standaloneKubelet } from '../kubelet-config.ts'
import type { Locals } from '../local.ts'
import type { Path } from '../path.ts'
import { podIn } from '../pod-file.ts'
import type { Report } from '../report.ts'

const DEFAULT_POD_CIDR = '10.244.0.0/24'

export function defaultKubernetes(
  { kubernetes }: Partial<NodeConfig>,
  locals: Locals,
  report: Report,
): FullKubernetes {
  if (kubernetes === undefined)
    return { role: 'none', podCidr: undefined, images: [], staticPods: [], kubeletConfig: {} }
  const config = mergePatch(
    standaloneKubelet(kubernetes.clientCA !== undefined),
    kubernetes.kubelet?.config ?? {},
  )
  return {
    role: kubernetes.role,
    podCidr: podCidrOf(kubernetes.cni),
    images: itemsOf(kubernetes.images, ['kubernetes', 'images']).map(({ item, at }) => ({ at, path: item })),
    staticPods: itemsOf(kubernetes.staticPods, ['kubernetes', 'staticPods']).flatMap(({ item, at }) =>
      defaultPod(item, at, locals, report),
    ),
    kubeletConfig: config as JsonObject,
  }
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
  if (item.pod !== undefined) return [{ at, inside: [...at, 'pod'], pod: item.pod }]
  const local = [...at, 'local']
  const bytes = locals.read(item.local ?? '', local)
  const pod = bytes && podIn(bytes, item.local ?? '', local, report)
  return isObject(pod) ? [{ at: local, inside: undefined, pod }] : []
}
