/** The part that a node plays for Kubernetes, which several sections depend on. */
import type { NodeConfig } from '../../schema/generated/node.ts'
import type { Recovered } from '../recover/recovered.ts'

export type Role = 'none' | 'standalone' | 'worker'

/** The roles with which a key of `kubernetes` says something; one below another key with a dot. */
export const ROLES_OF_KEYS: Readonly<Record<string, readonly Role[]>> = {
  cni: ['standalone', 'worker'],
  clientCA: ['standalone'],
  images: ['standalone', 'worker'],
  pauseImage: ['standalone', 'worker'],
  registries: ['standalone', 'worker'],
  proxy: ['standalone', 'worker'],
  staticPods: ['standalone', 'worker'],
  version: ['standalone', 'worker'],
  kubelet: ['standalone', 'worker'],
  'kubelet.extraArgs': ['worker'],
  nodeName: ['worker'],
  nodeAddress: ['worker'],
  join: ['worker'],
  labels: ['worker'],
  nodeLabels: ['worker'],
  taints: ['worker'],
  shutdown: ['standalone', 'worker'],
}

/** As written; where it breaks the schema, the one that the other keys go with: without a role hardly a rule could say anything. */
export function roleOf(config: Recovered<NodeConfig>): Role {
  if (!('kubernetes' in config)) return 'none'
  const { role, ...keys } = config.kubernetes ?? {}
  if (role !== undefined) return role
  const isOfWorker = (key: string) => ROLES_OF_KEYS[key]?.every(one => one === 'worker') === true
  return Object.keys(keys).some(isOfWorker) ? 'worker' : 'standalone'
}
