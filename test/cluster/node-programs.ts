/** Objects of a program that a cluster runs on each of its nodes: folders of the node, its rights, and the DaemonSet. Pure. */

/** Where an object with a namespace is. */
interface Metadata {
  readonly name: string
  readonly namespace: string
}

interface NodeFolder {
  /** `hostPath.type`; absent: a folder, which is made. */
  readonly type?: string
  /** Absent: `None`. */
  readonly mountPropagation?: string
}

/** A path of the node at the same place in a container: its mount, and the volume of the pod. */
export function onNode(
  name: string,
  path: string,
  { type = 'DirectoryOrCreate', mountPropagation }: NodeFolder = {},
) {
  return {
    mount: { name, mountPath: path, ...(mountPropagation && { mountPropagation }) },
    volume: { name, hostPath: { path, type } },
  }
}

/** A service account with rights in the whole cluster. */
export const accountWith = (metadata: Metadata, rules: readonly object[]) => [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: metadata.name },
    rules,
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: metadata.name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
]

/** One pod on each node. */
export const daemonSet = (metadata: Metadata, spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata,
  spec: {
    selector: { matchLabels: { app: metadata.name } },
    template: { metadata: { labels: { app: metadata.name } }, spec },
  },
})
