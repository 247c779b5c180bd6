/** kubernetes.staticPods: the kubelet refuses a static pod that refers to objects of an API server. */
import type { Report } from '../../diag/report.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Path } from '../../path.ts'
import { itemsIn } from './pod-items.ts'
import { within } from './pod-places.ts'
import type { FullStaticPod } from './types.ts'

/** Volumes of such objects. A projected volume is one if a source of it is. */
const VOLUMES = ['configMap', 'secret', 'persistentVolumeClaim', 'ephemeral', 'csi', 'azureFile', 'glusterfs']
const SOURCES = ['configMap', 'secret', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate']

/** What refers to one: its place in the spec, and its words. */
interface Reference {
  readonly at: Path
  readonly what: string
  readonly as: 'variable' | 'volume' | 'other'
}

export function checkReferences(given: FullStaticPod, pod: string, spec: JsonObject, report: Report): void {
  const containers = ['initContainers', 'containers'].flatMap(list =>
    itemsIn(spec, list).flatMap(({ item, at }) => ofContainer(item, at)),
  )
  const volumes = itemsIn(spec, 'volumes').flatMap(({ item, at }) => ofVolume(item, at))
  for (const { at, what, as } of [...ofPod(spec), ...containers, ...volumes])
    report.add('kubernetes-pod-needs-api', within(given, 'spec', ...at), { pod, what, as })
}

function ofPod(spec: JsonObject): Reference[] {
  const isGiven = (key: string) => {
    const value = spec[key] ?? ''
    return value !== '' && !(Array.isArray(value) && value.length === 0)
  }
  const others = [
    { keys: ['serviceAccountName', 'serviceAccount'], what: 'a service account' },
    { keys: ['imagePullSecrets'], what: 'an image pull secret' },
    { keys: ['resourceClaims'], what: 'a resource claim' },
  ]
  return others.flatMap(({ keys, what }) => {
    const key = keys.find(isGiven)
    return key === undefined ? [] : [{ at: [key], what, as: 'other' as const }]
  })
}

function ofContainer(container: JsonObject, inside: Path): Reference[] {
  const one = itemsIn(container, 'env').flatMap(({ item, at }) =>
    keysIn(item['valueFrom'], ['configMapKeyRef', 'secretKeyRef']).map(key => [...at, 'valueFrom', key]),
  )
  const all = itemsIn(container, 'envFrom').flatMap(({ item, at }) =>
    keysIn(item, ['configMapRef', 'secretRef']).map(key => [...at, key]),
  )
  return [...one, ...all].map(at => {
    const kind = String(at.at(-1)).startsWith('secret') ? 'secret' : 'configMap'
    return { at: [...inside, ...at], what: `a variable of a ${kind}`, as: 'variable' }
  })
}

function ofVolume(volume: JsonObject, at: Path): Reference[] {
  const projected = isObject(volume['projected']) ? itemsIn(volume['projected'], 'sources') : []
  const kinds = [...keysIn(volume, VOLUMES), ...projected.flatMap(({ item }) => keysIn(item, SOURCES))]
  const [kind] = kinds
  if (kind === undefined) return []
  const article = /^[aeiou]/.test(kind) ? 'an' : 'a'
  return [{ at, what: `${article} ${kind} volume`, as: 'volume' }]
}

/** Those that are there with a value. */
function keysIn(value: unknown, keys: readonly string[]): string[] {
  return isObject(value) ? keys.filter(key => (value[key] ?? undefined) !== undefined) : []
}
