/** kubernetes.staticPods: the kubelet refuses a pod whose host port another one has, or whose ports contradict each other. */
import type { Report } from '../../diag/report.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Path } from '../../path.ts'
import type { FullConfig } from '../full-config.ts'
import { itemsIn } from './pod-items.ts'
import { podFileName } from './pod-names.ts'
import { within } from './pod-places.ts'

/** A port of the node that a container asks for. */
interface HostPort {
  /** Where it is written, below the spec. */
  readonly at: Path
  readonly containerPort: number
  readonly port: number
  readonly protocol: string
  /** As written; empty: every address of the node. */
  readonly ip: string
  /** The containers of a pod among which it must be the only one. */
  readonly among: string
  /** Whether it is taken for as long as the pod runs: an init container that ends gives it back. */
  readonly isKept: boolean
}

/** One that a pod has. */
interface Taken extends HostPort {
  readonly pod: string
  readonly file: string
  readonly first: Path
}

export function checkHostPorts({ kubernetes }: FullConfig, report: Report): void {
  const ofOthers: Taken[] = []
  for (const given of kubernetes.staticPods) {
    const { metadata, spec } = given.pod
    if (!isObject(spec)) continue
    const name = isObject(metadata) ? metadata['name'] : undefined
    const pod = typeof name === 'string' ? name : ''
    const file = podFileName(given.pod)
    // A pod that is there twice is reported as that.
    const others = ofOthers.filter(other => other.file !== file)
    const own: Taken[] = []
    for (const one of hostPortsOf(spec)) {
      const { port, protocol, containerPort, among } = one
      const at = within(given, 'spec', ...one.at)
      if (spec['hostNetwork'] === true && among === 'containers' && containerPort !== port)
        report.add('kubernetes-pod-host-port-differs', at, { pod, port, containerPort })
      const twice = own.find(other => isTwice(other, one))
      const taken = twice ?? others.find(other => isInTheWay(other, one))
      if (taken === undefined) own.push({ ...one, pod, file, first: at })
      else {
        const args = { pod, port, protocol, by: twice === undefined ? taken.pod : undefined }
        const related = [{ path: taken.first, message: 'first given here' }]
        report.add('kubernetes-pod-host-port-taken', at, args, { related })
      }
    }
    ofOthers.push(...own.filter(({ isKept }) => isKept))
  }
}

/** With the host's network each port of a container is one of the node. */
function hostPortsOf(spec: JsonObject): HostPort[] {
  const isOfHost = spec['hostNetwork'] === true
  return ['initContainers', 'containers'].flatMap(list =>
    itemsIn(spec, list).flatMap(({ item: container, at: inside }) =>
      itemsIn(container, 'ports').flatMap(({ item, at }) => {
        const { hostPort, containerPort, protocol = 'TCP', hostIP = '' } = item
        const isGiven = isPort(hostPort)
        const port = isGiven || !isOfHost ? hostPort : containerPort
        // Values of another type or range are reported by the check of values.
        if (!isPort(port) || !isPort(containerPort)) return []
        if (typeof protocol !== 'string' || typeof hostIP !== 'string') return []
        const isInit = list === 'initContainers'
        return {
          at: [...inside, ...at, isGiven ? 'hostPort' : 'containerPort'],
          containerPort,
          port,
          protocol,
          ip: hostIP,
          among: isInit ? inside.join() : list,
          isKept: !isInit || container['restartPolicy'] === 'Always',
        }
      }),
    ),
  )
}

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 65535

const isSame = (a: HostPort, b: HostPort): boolean => a.port === b.port && a.protocol === b.protocol

/** In one pod: AccumulateUniqueHostPorts of Kubernetes' pkg/apis/core/validation. */
const isTwice = (a: HostPort, b: HostPort): boolean => isSame(a, b) && a.among === b.among && a.ip === b.ip

/** Between pods: HostPortInfo.CheckConflict of its k8s.io/kube-scheduler/framework, by which the kubelet admits a pod, too. */
function isInTheWay(a: HostPort, b: HostPort): boolean {
  const [left, right] = [a.ip || EVERY, b.ip || EVERY]
  return b.isKept && isSame(a, b) && (left === right || left === EVERY || right === EVERY)
}

const EVERY = '0.0.0.0'
