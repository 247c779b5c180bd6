/** The part that a node plays for Kubernetes, which several sections depend on. */
import type { NodeConfig } from '../../schema/generated/node.ts'

export type Role = 'none' | 'standalone' | 'worker'

/** The roles with which a key of `kubernetes` says something; one below another key with a dot. */
export const ROLES_OF_KEYS: Readonly<Record<string, readonly Role[]>> = {
  cni: ['standalone', 'worker'],
  clientCA: ['standalone'],
  images: ['standalone', 'worker'],
  staticPods: ['standalone', 'worker'],
  kubelet: ['standalone', 'worker'],
  'kubelet.extraArgs': ['worker'],
  nodeName: ['worker'],
  join: ['worker'],
  labels: ['worker'],
  taints: ['worker'],
  shutdown: ['standalone', 'worker'],
}

/** As written; where it breaks the schema, the one that the other keys go with: without a role hardly a rule could say anything. */
export function roleOf({ kubernetes }: Partial<NodeConfig>): Role {
  if (kubernetes === undefined) return 'none'
  if (kubernetes.role !== undefined) return kubernetes.role
  const isOfWorker = (key: string) => ROLES_OF_KEYS[key]?.every(role => role === 'worker') === true
  return Object.keys(kubernetes).some(isOfWorker) ? 'worker' : 'standalone'
}
