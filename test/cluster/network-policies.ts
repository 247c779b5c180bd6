/** kube-network-policies as its own manifest installs it, and a policy. Pure. */
import { accountWith, daemonSet, onNode } from './node-programs.ts'
import { REGISTRY } from './stocked.ts'

const NAME = 'kube-network-policies'
const metadata = { name: NAME, namespace: 'kube-system' }
const rule = (apiGroup: string, ...resources: string[]) => ({
  apiGroups: [apiGroup],
  resources,
  verbs: ['list', 'watch'],
})
const FOLDERS = [
  onNode('nri-plugin', '/var/run/nri'),
  onNode('netns', '/var/run/netns', { mountPropagation: 'HostToContainer' }),
]

export const NETWORK_POLICIES = [
  ...accountWith(metadata, [rule('', 'pods', 'namespaces'), rule('networking.k8s.io', 'networkpolicies')]),
  daemonSet(metadata, {
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
  }),
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
