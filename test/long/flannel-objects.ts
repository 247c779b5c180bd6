/** Flannel as its own manifest installs it, but for its CNI plugin. Pure. */
import { API_PORT, POD_CIDR } from '../cluster/kubeadm-config.ts'
import { CONTROL_PLANE_ADDRESS } from '../cluster/network.ts'
import { accountWith, daemonSet, onNode } from '../cluster/node-programs.ts'
import { REGISTRY } from '../cluster/stocked.ts'

const NAME = 'flannel'
const NAMESPACE = 'kube-flannel'
const metadata = { name: NAME, namespace: NAMESPACE }

/** Writes the network of the pods as soon as flanneld has said which addresses are the node's. It masquerades nothing; flanneld does. */
const WRITES_NETWORK = `
until [ -f /run/flannel/subnet.env ]; do sleep 1; done
. /run/flannel/subnet.env
cat > /etc/cni/net.d/.new <<END
{"cniVersion": "1.0.0", "name": "cbr0", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "isDefaultGateway": true, "hairpinMode": true, "mtu": $FLANNEL_MTU,
   "ipam": {"type": "host-local", "subnet": "$(echo $FLANNEL_SUBNET | sed 's,1/24,0/24,')", "routes": [{"dst": "$FLANNEL_NETWORK"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}
]}
END
mv /etc/cni/net.d/.new /etc/cni/net.d/10-flannel.conflist
exec sleep 2147483647`

const RUN = onNode('run', '/run/flannel')
const NETWORKS = onNode('networks', '/etc/cni/net.d')
const LOCK = onNode('lock', '/run/xtables.lock', { type: 'FileOrCreate' })
const SETTINGS = {
  mount: { name: 'settings', mountPath: '/etc/kube-flannel' },
  volume: { name: 'settings', configMap: { name: NAME } },
}

export const flannelWith = (backend: 'vxlan' | 'wireguard') => [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
  },
  ...accountWith(metadata, [
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] },
  ]),
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { 'net-conf.json': JSON.stringify({ Network: POD_CIDR, Backend: { Type: backend } }) },
  },
  daemonSet(metadata, POD),
]

const POD = {
  hostNetwork: true,
  priorityClassName: 'system-node-critical',
  tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
  serviceAccountName: NAME,
  containers: [
    {
      name: 'kube-flannel',
      image: `${REGISTRY}/flannel:1`,
      args: ['--ip-masq', '--kube-subnet-mgr'],
      securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
      env: [
        { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
        // The address of the Service `kubernetes` leads nowhere without kube-proxy.
        { name: 'KUBERNETES_SERVICE_HOST', value: CONTROL_PLANE_ADDRESS },
        { name: 'KUBERNETES_SERVICE_PORT', value: String(API_PORT) },
      ],
      volumeMounts: [RUN.mount, SETTINGS.mount, LOCK.mount],
    },
    {
      name: 'writes-network',
      image: `${REGISTRY}/busybox:1`,
      args: ['sh', '-c', WRITES_NETWORK],
      volumeMounts: [RUN.mount, NETWORKS.mount],
    },
  ],
  volumes: [RUN.volume, NETWORKS.volume, SETTINGS.volume, LOCK.volume],
}
