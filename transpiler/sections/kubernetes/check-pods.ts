/** kubernetes.staticPods: what the kubelet would refuse or never start, said before the node boots. */
import type { Report } from '../../diag/report.ts'
import type { JsonObject } from '../../json.ts'
import { isObject } from '../../json.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { DNS_LABEL, DNS_NAME } from '../../rules/dns-name.ts'
import { nearest } from '../../rules/nearest.ts'
import type { FullConfig } from '../full-config.ts'
import { checkReferences } from './check-references.ts'
import { itemsIn } from './pod-items.ts'
import { namespaceOf, podFileName } from './pod-names.ts'
import { within } from './pod-places.ts'
import type { FullStaticPod } from './types.ts'

/** Longest name of a pod's file, in characters, so that the name of its temporary file is one too. */
const LONGEST_FILE_NAME = 249

export function checkPods({ kubernetes }: FullConfig, report: Report, isWhole: IsWhole): void {
  // A worker gets its pod network from its cluster.
  const isWithoutNetwork =
    kubernetes.podCidrs === undefined &&
    kubernetes.role !== 'worker' &&
    isWhole(['kubernetes', 'role']) &&
    isWhole(['kubernetes', 'cni'])
  const ofName = new Map<string, FullStaticPod>()
  for (const given of kubernetes.staticPods) {
    if (!isPod(given, report)) continue
    const { metadata } = given.pod
    const { name: written } = isObject(metadata) ? metadata : ({} as JsonObject)
    const name = checkName(given, written, report)
    const full = podFileName(given.pod)
    const first = typeof written === 'string' ? ofName.get(full) : undefined
    ofName.set(full, first ?? given)
    if (first !== undefined)
      report.add(
        'kubernetes-duplicate-pod',
        within(given, 'metadata', 'name'),
        { name },
        { related: [{ path: first.at, message: 'the first is here' }] },
      )
    const { spec } = given.pod
    if (!isObject(spec)) {
      if (isMissing(spec)) report.add('kubernetes-pod-empty', within(given, 'spec'), { name })
      continue
    }
    checkContainers(given, name, spec, report)
    checkReferences(given, name, spec, report)
    checkVolumes(given, name, spec, report, isWhole)
    if ((isMissing(spec['hostNetwork']) || spec['hostNetwork'] === false) && isWithoutNetwork)
      report.add('kubernetes-pod-without-network', given.at, { name })
  }
}

/** Written without a value is not written. */
function isMissing(value: unknown): boolean {
  return value === undefined || value === null
}

/** Whether it is one, or at least meant as one: nothing else has containers in its spec. */
function isPod(given: FullStaticPod, report: Report): boolean {
  const { apiVersion, kind, spec } = given.pod
  if (apiVersion === 'v1' && kind === 'Pod') return true
  report.add('kubernetes-not-a-pod', within(given, 'kind'), { found: foundOf(kind, apiVersion) })
  return isObject(spec) && Array.isArray(spec['containers'])
}

/** The name of the pod in the problems of the rest of it. */
function checkName(given: FullStaticPod, name: unknown, report: Report): string {
  const text = typeof name === 'string' ? name : undefined
  const namespace = namespaceOf(given.pod)
  const isNamespace = DNS_LABEL.test(namespace)
  if (!isNamespace)
    report.add('kubernetes-pod-namespace', within(given, 'metadata', 'namespace'), { namespace })
  const isTooLong = isNamespace && podFileName(given.pod).length > LONGEST_FILE_NAME
  if (text === undefined ? isMissing(name) : !DNS_NAME.test(text) || isTooLong)
    report.add('kubernetes-pod-name', within(given, 'metadata', 'name'), { name: text })
  return text ?? ''
}

function foundOf(kind: unknown, apiVersion: unknown): string {
  if (typeof kind !== 'string') return 'something without a kind'
  return `${kind} of ${typeof apiVersion === 'string' ? apiVersion : 'no apiVersion'}`
}

function checkContainers(given: FullStaticPod, pod: string, spec: JsonObject, report: Report): void {
  const containers = spec['containers'] ?? []
  if (!Array.isArray(containers)) return
  if (containers.length === 0) return report.add('kubernetes-pod-empty', within(given, 'spec'), { name: pod })
  const names = new Set<unknown>()
  for (const { item, at: inside } of ['initContainers', 'containers'].flatMap(list => itemsIn(spec, list))) {
    const at = within(given, 'spec', ...inside)
    const { name, image } = item
    for (const [key, value] of Object.entries({ name, image })) {
      if (isMissing(value) || value === '') report.add('kubernetes-container-incomplete', at, { pod, key })
    }
    if (typeof name === 'string' && name !== '' && !DNS_LABEL.test(name))
      report.add('kubernetes-pod-part-name', within(given, 'spec', ...inside, 'name'), {
        of: 'container',
        name,
      })
    if (typeof name === 'string' && names.has(name))
      report.add('kubernetes-duplicate-container', at, { pod, name })
    names.add(name)
  }
}

/** Volumes have names of their own, and a container mounts those of its pod. */
function checkVolumes(
  given: FullStaticPod,
  pod: string,
  spec: JsonObject,
  report: Report,
  isWhole: IsWhole,
): void {
  const names = new Set<string>()
  for (const { item, at } of itemsIn(spec, 'volumes')) {
    const { name } = item
    if (typeof name !== 'string') continue
    const here = within(given, 'spec', ...at, 'name')
    if (names.has(name)) report.add('kubernetes-duplicate-volume', here, { pod, name })
    else if (!DNS_LABEL.test(name)) report.add('kubernetes-pod-part-name', here, { of: 'volume', name })
    names.add(name)
  }
  // What could not be read may be the volume.
  if (!isWhole(within(given, 'spec', 'volumes'))) return
  const volumes = spec['volumes'] ?? []
  if (!Array.isArray(volumes) || volumes.some(one => !isObject(one) || typeof one['name'] !== 'string'))
    return
  const containers = ['initContainers', 'containers'].flatMap(list => itemsIn(spec, list))
  for (const { item, at } of containers) {
    for (const mount of itemsIn(item, 'volumeMounts')) {
      const { name } = mount.item
      if (typeof name !== 'string' || names.has(name)) continue
      const here = within(given, 'spec', ...at, ...mount.at, 'name')
      report.add('kubernetes-volume-unknown', here, { pod, name, nearest: nearest(name, [...names]) })
    }
  }
}
