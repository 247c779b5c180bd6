/** kubeadm's configuration of the cluster. Pure. */
import { CONTROL_PLANE_ADDRESS, CONTROL_PLANE_ADDRESS6, SECOND_ADDRESS, SERVICE_CIDR } from './network.ts'

export const API_PORT = 6443
export const POD_CIDR = '10.244.0.0/16'

export interface ClusterWords {
  readonly version: string
  readonly token: string
  /** Go's form of a duration; `0s` is forever. */
  readonly tokenTtl: string
  /** What the names of the addons' images begin with. */
  readonly imageRepository: string
  /** The tag of CoreDNS' image; kubeadm's own choice is an older release. */
  readonly dnsTag: string
}

/** For the phases that write certificates and kubeconfigs on this machine. */
export const localConfig = (words: ClusterWords, pki: string): string => config(words, pki)

/**
 * For the phases that upload. The folder of the certificates must not be in it: it would go into the cluster's KubeletConfiguration,
 * and every node would look for its client CA there.
 */
export const uploadConfig = (words: ClusterWords): string => config(words)

/** JSON is YAML, so kubeadm takes it. */
function config(words: ClusterWords, certificatesDir?: string): string {
  const { version, token, tokenTtl, imageRepository, dnsTag } = words
  const documents = [
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: CONTROL_PLANE_ADDRESS, bindPort: API_PORT },
      // Said, because kubeadm would look around on this machine for a container runtime.
      nodeRegistration: { name: 'control-plane', criSocket: 'unix:///run/containerd/containerd.sock' },
      bootstrapTokens: [
        {
          token,
          ttl: tokenTtl,
          usages: ['signing', 'authentication'],
          groups: ['system:bootstrappers:kubeadm:default-node-token'],
        },
      ],
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'ClusterConfiguration',
      clusterName: 'keel',
      kubernetesVersion: `v${version}`,
      apiServer: { certSANs: [SECOND_ADDRESS, CONTROL_PLANE_ADDRESS6] },
      controlPlaneEndpoint: `${CONTROL_PLANE_ADDRESS}:${API_PORT}`,
      imageRepository,
      dns: { imageTag: dnsTag },
      networking: { podSubnet: POD_CIDR, serviceSubnet: SERVICE_CIDR, dnsDomain: 'cluster.local' },
      ...(certificatesDir && { certificatesDir }),
    },
    { apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration', mode: 'nftables' },
  ]
  return documents.map(document => JSON.stringify(document, null, 2)).join('\n---\n')
}
