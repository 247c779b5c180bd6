/** The processes of a control plane and the flags that are enough for each. Pure. */
import { API_PORT, POD_CIDR } from './kubeadm-config.ts'
import { CONTROL_PLANE_ADDRESS, SERVICE_CIDR } from './network.ts'

export type Program = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler'

/** Folders: certificates, kubeconfigs, and what etcd keeps. */
export interface Folders {
  readonly pki: string
  readonly conf: string
  readonly data: string
}

type Flags = Readonly<Record<string, string>>

/** Flags without their dashes. Tuned for tests is only what costs seconds: etcd's fsync, and the controllers' politeness. */
export const FLAGS: Readonly<Record<Program, (folders: Folders) => Flags>> = {
  etcd: ({ data }) => ({
    name: 'control-plane',
    'data-dir': data,
    'listen-client-urls': 'http://127.0.0.1:2379',
    'advertise-client-urls': 'http://127.0.0.1:2379',
    'listen-peer-urls': 'http://127.0.0.1:2380',
    'initial-advertise-peer-urls': 'http://127.0.0.1:2380',
    'initial-cluster': 'control-plane=http://127.0.0.1:2380',
    'unsafe-no-fsync': 'true',
  }),
  'kube-apiserver': ({ pki }) => ({
    'advertise-address': CONTROL_PLANE_ADDRESS,
    'secure-port': String(API_PORT),
    'etcd-servers': 'http://127.0.0.1:2379',
    'client-ca-file': `${pki}/ca.crt`,
    'tls-cert-file': `${pki}/apiserver.crt`,
    'tls-private-key-file': `${pki}/apiserver.key`,
    'kubelet-client-certificate': `${pki}/apiserver-kubelet-client.crt`,
    'kubelet-client-key': `${pki}/apiserver-kubelet-client.key`,
    'service-account-key-file': `${pki}/sa.pub`,
    'service-account-signing-key-file': `${pki}/sa.key`,
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'enable-bootstrap-token-auth': 'true',
    'service-cluster-ip-range': SERVICE_CIDR,
    'kubelet-preferred-address-types': 'InternalIP,ExternalIP,Hostname',
    'allow-privileged': 'true',
  }),
  'kube-controller-manager': ({ pki, conf }) => ({
    ...kubeconfigs(`${conf}/controller-manager.conf`),
    'cluster-signing-cert-file': `${pki}/ca.crt`,
    'cluster-signing-key-file': `${pki}/ca.key`,
    'root-ca-file': `${pki}/ca.crt`,
    'client-ca-file': `${pki}/ca.crt`,
    'service-account-private-key-file': `${pki}/sa.key`,
    'use-service-account-credentials': 'true',
    // Without bootstrapsigner no token is ever announced in cluster-info; without tokencleaner none ever expires.
    controllers: '*,bootstrapsigner,tokencleaner',
    'allocate-node-cidrs': 'true',
    'cluster-cidr': POD_CIDR,
    'service-cluster-ip-range': SERVICE_CIDR,
    // With the usual 20 requests a second, making the controllers' accounts alone takes four seconds.
    'kube-api-qps': '200',
    'kube-api-burst': '400',
    ...LOCAL,
  }),
  'kube-scheduler': ({ conf }) => ({ ...kubeconfigs(`${conf}/scheduler.conf`), ...LOCAL }),
}

const LOCAL: Flags = { 'bind-address': '127.0.0.1', 'leader-elect': 'false' }

const kubeconfigs = (file: string): Flags => ({
  kubeconfig: file,
  'authentication-kubeconfig': file,
  'authorization-kubeconfig': file,
})

/** Programs of the binary `control-plane`, which takes its name from the link by which it is started. */
export const LINKS: Readonly<Record<string, string>> = {
  etcd: 'etcd',
  'kube-apiserver': 'control-plane',
  'kube-controller-manager': 'control-plane',
  'kube-scheduler': 'control-plane',
  kubeadm: 'control-plane',
  kubectl: 'control-plane',
}

export const argvOf = (bin: string, program: Program, folders: Folders, more: Flags = {}): string[] => [
  `${bin}/${program}`,
  ...Object.entries({ ...FLAGS[program](folders), ...more }).map(([name, value]) => `--${name}=${value}`),
]
