/** What a static pod is called, and the file that init writes for it. */
import type { JsonObject } from '../../json.ts'
import { isObject } from '../../json.ts'

/** The namespace of a pod; an empty one is `default`, as it is to Kubernetes. */
export function namespaceOf(pod: JsonObject): string {
  const namespace = metadataOf(pod)['namespace']
  return typeof namespace === 'string' && namespace !== '' ? namespace : 'default'
}

/** The file's name without its ending: the pod's; in another namespace than `default` both, so that two pods never share a file. */
export function podFileName(pod: JsonObject): string {
  const namespace = namespaceOf(pod)
  const name = String(metadataOf(pod)['name'] ?? '')
  return namespace === 'default' ? name : `${namespace}_${name}`
}

function metadataOf(pod: JsonObject): JsonObject {
  const { metadata } = pod
  return isObject(metadata) ? metadata : {}
}
