/** kube-network-policies as its own manifest installs it, and a policy. Pure. */
import { REGISTRY } from './stocked.ts'

const NAME = 'kube-network-policies'
const metadata = { name: NAME, namespace: 'kube-system' }
const rule = (apiGroup: string, ...resources: string[]) => ({
  apiGroups: [apiGroup],
  resources,
  verbs: ['list', 'watch'],
})
const onNode = (name: string, path: string, more: object = {}) => ({
  mount: { name, mountPath: path, ...more },
  volume: { name, hostPath: { path, type: 'DirectoryOrCreate' } },
})
const FOLDERS = [
  onNode('nri-plugin', '/var/run/nri'),
  onNode('netns', '/var/run/netns', { mountPropagation: 'HostToContainer' }),
]

export const NETWORK_POLICIES = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: NAME },
    rules: [rule('', 'pods', 'namespaces'), rule('networking.k8s.io', 'networkpolicies')],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata,
    spec: {
      selector: { matchLabels: { app: NAME } },
      template: {
        metadata: { labels: { app: NAME } },
        spec: {
          hostNetwork: true,
          serviceAccountName: NAME,
          containers: [
            {
              name: NAME,
              image: `${REGISTRY}/network-policies:1`,
              args: ['--hostname-override=$(NODE)', '--v=2', '--nfqueue-id=98'],
              env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              securityContext: { privileged: true },
              volumeMounts: FOLDERS.map(({ mount }) => mount),
            },
          ],
          volumes: FOLDERS.map(({ volume }) => volume),
        },
      },
    },
  },
]

/** Only pods of the second label reach pods of the first. */
export const onlyFrom = (name: string, to: object, from: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'default' },
  spec: {
    podSelector: { matchLabels: to },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: from } }] }],
  },
})
