/** A kubeconfig by which kubeadm join finds a cluster. */
import { isObject } from './json.ts'
import { objectIn } from './yaml-file.ts'

/** Why kubeadm on the node could not use it, in words that follow a colon. It never repeats what is in it. */
export function discoveryFileProblem(text: string, hasToken: boolean): string | undefined {
  const found = objectIn(text, 'discoveryFile')
  // A parser's words could repeat the line with a key.
  if ('problem' in found) return 'it is no YAML map'
  const { kind, clusters, users } = found.object
  if (kind !== 'Config') return 'it is no kubeconfig, whose kind is Config'
  const cluster = inner(clusters, 'cluster')
  if (cluster === undefined) return 'it names no cluster'
  if (typeof cluster['server'] !== 'string') return 'its cluster has no server'
  if (cluster['insecure-skip-tls-verify'] === true) return 'it says to trust any server'
  if (typeof cluster['certificate-authority-data'] !== 'string')
    return typeof cluster['certificate-authority'] === 'string'
      ? 'its CA is the path of a file, which is not on the node'
      : 'it has no CA of the cluster'
  const user = inner(users, 'user') ?? {}
  const hasCredentials = 'token' in user || 'client-certificate-data' in user
  return hasCredentials || hasToken
    ? undefined
    : 'it has no credentials, so the node could not ask for its certificate; give join.token too'
}

/** What the first item of a list has under a key. */
function inner(list: unknown, key: string): { readonly [key: string]: unknown } | undefined {
  const first = Array.isArray(list) && isObject(list[0]) ? list[0][key] : undefined
  return isObject(first) ? first : undefined
}
