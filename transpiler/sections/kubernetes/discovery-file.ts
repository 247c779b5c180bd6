/** A kubeconfig by which kubeadm join finds a cluster. */
import { isObject } from '../../json.ts'
import { bytesOfBase64 } from '../../rules/base64.ts'
import { objectIn } from '../../yaml/object-file.ts'
import { hostOf, kubeconfigServerProblem } from './join-forms.ts'

type Object = { readonly [key: string]: unknown }

/** What a discovery file says about its cluster. */
export type ReadDiscoveryFile =
  | { readonly problem: string; readonly isOfServer?: boolean }
  | { readonly host: string }

/** The host of the cluster; or why kubeadm on the node could not use the file, as a phrase that follows a colon and never repeats what is in it. */
export function readDiscoveryFile(text: string, hasToken: boolean): ReadDiscoveryFile {
  const found = objectIn(text, 'discoveryFile')
  // A parser's words could repeat the line with a key.
  if ('problem' in found) return { problem: 'it is not a YAML map' }
  const file = found.object
  if (file['kind'] !== 'Config') return { problem: 'it is not a kubeconfig, whose kind is Config' }
  if (itemsOf(file['clusters']).length === 0) return { problem: 'it has no cluster' }
  const context = named(file['contexts'], file['current-context'], 'context')
  const cluster =
    named(file['clusters'], '', 'cluster') ?? named(file['clusters'], context?.['cluster'], 'cluster')
  if (cluster === undefined) return { problem: 'its current-context does not lead to a cluster' }
  const problem = clusterProblem(cluster)
  if (problem !== undefined) return problem
  if (!hasToken && !hasCredentials(named(file['users'], context?.['user'], 'user') ?? {}))
    return {
      problem: 'it has no credentials, so the node could not request a certificate; set join.token too',
    }
  return { host: hostOf(String(cluster['server'])) }
}

function clusterProblem(cluster: Object): { problem: string; isOfServer?: boolean } | undefined {
  const ofServer = serverOf(cluster)
  if (ofServer !== undefined) return { problem: ofServer, isOfServer: true }
  const problem = authorityProblem(cluster)
  return problem === undefined ? undefined : { problem }
}

function serverOf({ server }: Object): string | undefined {
  return typeof server !== 'string' || server === ''
    ? 'its cluster has no server'
    : kubeconfigServerProblem(server)
}

function authorityProblem(cluster: Object): string | undefined {
  const { 'certificate-authority-data': ca } = cluster
  if (cluster['insecure-skip-tls-verify'] === true) return 'it trusts any server (insecure-skip-tls-verify)'
  if (typeof ca !== 'string' || ca === '')
    return typeof cluster['certificate-authority'] === 'string'
      ? 'its CA is the path of a file, which is not on the node'
      : 'it has no CA of the cluster'
  const bytes = bytesOfBase64(ca)
  if (bytes === undefined) return 'its certificate-authority-data is not base64'
  return new TextDecoder().decode(bytes).includes('PRIVATE KEY-----')
    ? 'its certificate-authority-data contains a private key'
    : undefined
}

/** A client certificate without its key is of no use, and neither is a file that is not on the node. */
function hasCredentials(user: Object): boolean {
  const has = (key: string) => typeof user[key] === 'string' && user[key] !== ''
  return has('token') || (has('client-certificate-data') && has('client-key-data'))
}

/** What the item of that name has under a key. */
function named(list: unknown, name: unknown, key: string): Object | undefined {
  const item = itemsOf(list).find(one => (one['name'] ?? '') === name)
  return item !== undefined && isObject(item[key]) ? item[key] : undefined
}

function itemsOf(list: unknown): Object[] {
  return Array.isArray(list) ? list.filter(isObject) : []
}
