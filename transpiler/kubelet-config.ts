/** The KubeletConfiguration of a kubelet without a cluster, on a node without systemd. */
import type { JsonObject } from './full-config.ts'

/** Where init writes the client CA, if there is one. */
const CLIENT_CA_FILE = '/run/keel/kubelet/client-ca.crt'

/**
 * Nobody asks anonymously; who has a certificate of the client CA may ask for everything. Without a client CA nobody may.
 * `makeIPTablesUtilChains` and `failSwapOn` are off for lack of iptables and of /etc/fstab.
 */
export function standaloneKubelet(hasClientCA: boolean): JsonObject {
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
    staticPodPath: '/etc/kubernetes/manifests',
    volumePluginDir: '/var/lib/kubelet/volumeplugins',
  }
}

/** Fields that init depends on; another value would give a node that never gets ready. */
export const FIXED_FIELDS: readonly string[] = [
  'apiVersion',
  'kind',
  'cgroupDriver',
  'containerRuntimeEndpoint',
  'healthzBindAddress',
  'healthzPort',
  'kubeletCgroups',
  'staticPodPath',
]
