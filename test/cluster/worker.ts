/** Machines that join a control plane: their configs, and how they are plugged in. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Vm } from '../../src/vm/vm.ts'
import { type BootOptions, boot } from '../vm/vm.ts'
import type { ControlPlane } from './control-plane.ts'
import type { Tap } from './network.ts'

/** Addresses of the pods of the machine at a tap. */
export const podCidrOf = (tap: Tap): string => `10.244.${tap.address.split('.')[3]?.split('/')[0]}.0/24`

type Cluster = Pick<ControlPlane, 'endpoint' | 'token' | 'caHash'>

/** The node config of a worker with a disk; its name is the host's. `cni` is what its pods' network is, where that is not a bridge. */
export const worker = (
  name: string,
  tap: Tap,
  { endpoint, token, caHash }: Cluster,
  cni?: string,
): string => `${machine(name, tap, cni)}
    endpoint: ${endpoint}
    token: "${token}"
    caCertHashes: ["${caHash}"]
`

/** A fragment for a join that is to fail: its tries follow each other at once. */
export const SHORT_DELAYS =
  'apiVersion: keel/v1\nkubernetes: {join: {retryDelay: 500ms, maxRetryDelay: 1s}}\n'

/** The node config of a worker with a kubeconfig in the place of the endpoint and the hash. */
export function workerByFile(name: string, tap: Tap, { endpoint, token, dir }: ControlPlane): string {
  const ca = readFileSync(join(dir, 'pki', 'ca.crt')).toString('base64')
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: '', cluster: { server: `https://${endpoint}`, 'certificate-authority-data': ca } }],
  }
  return `${machine(name, tap)}
    discoveryFile: {inline: ${JSON.stringify(JSON.stringify(kubeconfig))}}
    token: "${token}"
`
}

/** A machine at a tap, with its disk. */
export const machineAt = (name: string, tap: Tap) => `
apiVersion: keel/v1
hostname: ${name}
network:
  links:
    - {match: {mac: "${tap.mac}"}, addresses: [${tap.address}], routes: [{gateway: ${tap.gateway}}]}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions:
        - {label: KEEL-STATE, size: 64MiB}
        - {label: KEEL-DATA, size: rest}
`

/** All of a worker but how it finds its cluster. */
const machine = (
  name: string,
  tap: Tap,
  cni = `{bridge: {podCIDRs: [${podCidrOf(tap)}]}}`,
) => `${machineAt(name, tap)}
kubernetes:
  role: worker
  cni: ${cni}
  images: [/usr/lib/keel/images/demo.tar]
  join:
    discoveryTimeout: 20s
    retryDelay: 1s`

/** Boots a machine in the cluster's network, or in another one. */
export const bootAt = (
  { network }: Pick<ControlPlane, 'network'>,
  tap: Tap,
  options: BootOptions,
): Promise<Vm> =>
  boot({
    memoryMib: 2048,
    ...options,
    hardware: { nics: [{ kind: 'tap', name: tap.name, mac: tap.mac }], ...options.hardware },
    inside: network.inside,
  })

/** A pod of the demo's image: it shows the cluster's CA, which reaches it through a volume in memory, and then waits. */
export const demoPod = (name: string, node: string) =>
  podOf(name, node, {
    image: 'keel.local/demo:1',
    args: ['/var/run/secrets/kubernetes.io/serviceaccount/ca.crt'],
  })

/** A pod of the agent's image, in the network of pods. Its image travels with `agentFragment`. */
export const agentPod = (name: string, node: string) => podOf(name, node, { image: 'keel.local/agent:1' })

/** A pod of one container, whose image the node has already. */
const podOf = (name: string, node: string, container: { image: string; args?: string[] }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 1,
    containers: [{ name, imagePullPolicy: 'Never', ...container }],
  },
})
