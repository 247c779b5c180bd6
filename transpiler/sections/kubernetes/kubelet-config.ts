/** The KubeletConfiguration of a node without systemd: the whole of it without a cluster, a patch of the cluster's with one. */
import type { JsonObject } from '../../json.ts'
import { goDuration } from '../../rules/units.ts'
import type { FullShutdown } from './types.ts'

/** Where init writes the client CA, if there is one. */
const CLIENT_CA_FILE = '/run/keel/kubelet/client-ca.crt'

/**
 * Nobody asks anonymously; who has a certificate of the client CA may ask for everything. Without a client CA nobody may.
 * `makeIPTablesUtilChains` is off because nothing on the node reads those chains, `failSwapOn` for lack of /etc/fstab.
 */
export function standaloneKubelet(hasClientCA: boolean, shutdown: FullShutdown): JsonObject {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: hasClientCA ? { clientCAFile: CLIENT_CA_FILE } : {},
    },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    containerLogMaxFiles: 3,
    containerLogMaxSize: '10Mi',
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    enableServer: true,
    enableSystemLogHandler: true,
    failSwapOn: false,
    fileCheckFrequency: '20s',
    healthzBindAddress: '127.0.0.1',
    healthzPort: 10248,
    kubeletCgroups: '/system/kubelet',
    makeIPTablesUtilChains: false,
    readOnlyPort: 0,
    resolvConf: '/etc/resolv.conf',
    serializeImagePulls: false,
    ...shutdownFields(shutdown),
    staticPodPath: '/etc/kubernetes/manifests',
    volumePluginDir: '/var/lib/kubelet/volumeplugins',
  }
}

/**
 * What a cluster's configuration cannot know of this node. `clientCAFile` and `resolvConf` are paths of the machine that made the cluster,
 * where systemd-resolved or another folder of certificates may be in use; here they are where kubeadm join and init put them.
 */
export function workerKubelet(shutdown: FullShutdown): JsonObject {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' } },
    cgroupDriver: 'cgroupfs',
    failSwapOn: false,
    healthzBindAddress: '127.0.0.1',
    healthzPort: 10248,
    kubeletCgroups: '/system/kubelet',
    makeIPTablesUtilChains: false,
    resolvConf: '/etc/resolv.conf',
    ...shutdownFields(shutdown),
    staticPodPath: '/etc/kubernetes/manifests',
    volumePluginDir: '/var/lib/kubelet/volumeplugins',
  }
}

function shutdownFields({ gracePeriod, criticalPodsGracePeriod }: FullShutdown): JsonObject {
  return {
    shutdownGracePeriod: gracePeriod && goDuration(gracePeriod),
    shutdownGracePeriodCriticalPods: criticalPodsGracePeriod && goDuration(criticalPodsGracePeriod),
  }
}

/** A field that cannot be changed, and the key of the node config that is for it, if there is one. */
type Fixed = Readonly<Record<string, string | undefined>>

/** Fields that init depends on; another value would give a node that never gets ready, or does not stop in order. */
const FIXED_FIELDS: Fixed = {
  apiVersion: undefined,
  kind: undefined,
  cgroupDriver: undefined,
  containerRuntimeEndpoint: undefined,
  healthzBindAddress: undefined,
  healthzPort: undefined,
  kubeletCgroups: undefined,
  shutdownGracePeriod: 'kubernetes.shutdown.gracePeriod',
  shutdownGracePeriodByPodPriority: 'kubernetes.shutdown.gracePeriod',
  shutdownGracePeriodCriticalPods: 'kubernetes.shutdown.criticalPodsGracePeriod',
  staticPodPath: undefined,
}

/** More of them with the role worker. */
const FIXED_FIELDS_OF_WORKERS: Fixed = {
  ...FIXED_FIELDS,
  registerNode: undefined,
  registerWithTaints: 'kubernetes.taints',
}

/** Those of a node, with the key that is for each. */
export function fixedFields(isWorker: boolean): Fixed {
  return isWorker ? FIXED_FIELDS_OF_WORKERS : FIXED_FIELDS
}

/** Flags that Keel or kubeadm sets, and the key of the node config that is for it, if there is one. */
export const OWNED_ARGS: Fixed = {
  'bootstrap-kubeconfig': 'kubernetes.join',
  'cert-dir': undefined,
  'cgroup-driver': undefined,
  config: 'kubernetes.kubelet.config',
  'config-dir': 'kubernetes.kubelet.config',
  'container-runtime-endpoint': undefined,
  'healthz-bind-address': undefined,
  'healthz-port': undefined,
  help: undefined,
  'hostname-override': 'kubernetes.nodeName',
  kubeconfig: 'kubernetes.join',
  'kubelet-cgroups': undefined,
  'node-labels': 'kubernetes.labels',
  'pod-manifest-path': 'kubernetes.staticPods',
  'register-node': undefined,
  'register-with-taints': 'kubernetes.taints',
  'root-dir': undefined,
  version: undefined,
}
