/** Paths that somebody on the node writes already: a file of the user's would be overwritten, or break its owner. */
import type { OwnedPath } from '../rules/owned-path.ts'
import { PAUSE_DROP_IN } from './containerd-files.ts'
import { registryFolder } from './hosts-toml.ts'
import type { FullKubernetes } from './kubernetes/types.ts'

const KEELS: readonly OwnedPath[] = [
  ...['/keel', '/run/keel', '/etc/keel'].map(path => ({ path, what: 'all', owner: 'Keel' }) as const),
  { path: '/etc/kubernetes/manifests', what: 'all', owner: 'Keel', instead: 'kubernetes.staticPods' },
  { path: '/etc/hostname', what: 'generated', owner: 'Keel', instead: 'hostname' },
  { path: '/etc/hosts', what: 'generated', owner: 'Keel' },
  { path: '/etc/machine-id', what: 'generated', owner: 'Keel' },
  { path: '/etc/resolv.conf', what: 'generated', owner: 'Keel', instead: 'network.nameservers' },
  { path: '/var/log/keel', what: 'contents', owner: 'Keel' },
]

const BRIDGES: readonly OwnedPath[] = [
  { path: '/etc/cni/net.d/10-keel.conflist', what: 'file', owner: 'Keel', instead: 'kubernetes.cni' },
]

const KUBELET = '/var/lib/kubelet'
const contents = (owner: OwnedPath['owner'], paths: readonly string[]): OwnedPath[] =>
  paths.map(path => ({ path, what: 'contents', owner }))
const files = (owner: OwnedPath['owner'], paths: readonly string[]): OwnedPath[] =>
  paths.map(path => ({ path, what: 'file', owner }))

/** Where containerd and a kubelet run. What is missing of /var/lib/kubelet is for files of the user's: credentials, seccomp profiles, plugins. */
const KUBELETS: readonly OwnedPath[] = [
  ...contents('containerd', ['/run/containerd', '/var/lib/containerd']),
  { path: '/etc/cni/net.d', what: 'directory', owner: 'containerd' },
  { path: `${KUBELET}/config.yaml`, what: 'file', owner: 'kubeadm', instead: 'kubernetes.kubelet.config' },
  {
    path: `${KUBELET}/instance-config.yaml`,
    what: 'file',
    owner: 'kubeadm',
    instead: 'kubernetes.kubelet.config',
  },
  {
    path: `${KUBELET}/kubeadm-flags.env`,
    what: 'file',
    owner: 'kubeadm',
    instead: 'kubernetes.kubelet.extraArgs',
  },
  ...contents(
    'the kubelet',
    [
      ...['pki', 'pods', 'containers', 'plugin-containers', 'checkpoints', 'image_manager'],
      ...['device-plugins', 'pod-resources', 'pods-api'],
    ].map(name => `${KUBELET}/${name}`),
  ),
  ...files(
    'the kubelet',
    [
      ...['cpu_manager_state', 'memory_manager_state', 'dra_manager_state'],
      ...['allocated_pods_state', 'actuated_pods_state'],
    ].map(name => `${KUBELET}/${name}`),
  ),
  ...contents('the kubelet', ['/var/log/pods', '/var/log/containers']),
]

const WORKERS: readonly OwnedPath[] = [
  {
    path: '/etc/kubernetes/bootstrap-kubelet.conf',
    what: 'file',
    owner: 'kubeadm',
    instead: 'kubernetes.join',
  },
  { path: '/etc/kubernetes/kubelet.conf', what: 'file', owner: 'kubeadm', instead: 'kubernetes.join' },
  { path: '/etc/kubernetes/pki/ca.crt', what: 'file', owner: 'kubeadm', instead: 'kubernetes.join' },
  { path: '/run/cluster-api', what: 'contents', owner: 'Keel' },
]

const PAUSES: readonly OwnedPath[] = [
  { path: PAUSE_DROP_IN, what: 'file', owner: 'Keel', instead: 'kubernetes.pauseImage' },
]

const ofRegistry = (name: string): OwnedPath => ({
  path: registryFolder(name),
  what: 'all',
  owner: 'Keel',
  instead: 'kubernetes.registries',
})

/** Everything that is owned on a node of this role. */
export function ownedOn({ role, podCidrs, registries, pauseImage }: FullKubernetes): readonly OwnedPath[] {
  if (role === 'none') return KEELS
  return [
    ...KEELS,
    ...KUBELETS,
    ...(role === 'worker' ? WORKERS : []),
    ...(podCidrs === undefined ? [] : BRIDGES),
    ...registries.map(({ name = '' }) => ofRegistry(name)),
    ...(pauseImage === undefined ? [] : PAUSES),
  ]
}
