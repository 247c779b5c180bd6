/** kubernetes with role worker: what can be wrong with its name, its labels and the way to join. */
import { choice, code, type Doubt, error, warning, write } from '../../diag/define.ts'
import type { Family } from '../../rules/ip.ts'

const JOIN_HINT =
  'set join.endpoint, join.token and join.caCertHashes; kubeadm token create --print-join-command prints all three'

const HASH_HINT =
  'it is sha256: and what this prints: openssl x509 -pubkey -noout -in ca.crt | openssl pkey -pubin -outform der | sha256sum'

export const WORKER_CODES = {
  'kubernetes-ca-hash': error<{ why: string; better: string | undefined }>(
    a => `this is not the hash of a CA: ${a.why}`,
    a => write(a.better) ?? HASH_HINT,
    'The hash is that of the public key of the CA certificate and not of the whole certificate: a renewed certificate with the same key keeps its hash. It is not a secret.',
  ),
  'kubernetes-discovery-file': error<{ problem: string; isOfServer?: boolean }>(
    a => `kubeadm cannot join by this discovery file: ${a.problem}`,
    a =>
      a.isOfServer === true
        ? 'give its cluster a server with a host name or an address, for example https://cp.example.org:6443'
        : 'give a kubeconfig with the server and the certificate-authority-data of the cluster',
    'kubeadm join reads it on the node, where the files of your workstation do not exist. Embed certificates as data instead of naming them by path.',
  ),
  'kubernetes-discovery-file-choice': error<{ given: readonly string[] }>(
    a => choice('discoveryFile', a.given, ['inline', 'local']),
    () => 'give exactly one of them',
  ),
  'kubernetes-duplicate-ca-hash': error<{ hash: string }>(a => `the hash ${code(a.hash)} is listed twice`),
  'kubernetes-duplicate-taint': error<{ taint: string }>(
    a => `there is already a taint ${code(a.taint)}`,
    () => 'a key has at most one taint of each effect',
  ),
  'kubernetes-endpoint': error<{ endpoint: string; why: string; better: string | undefined }>(
    a => `${code(a.endpoint)} cannot be the endpoint of a cluster: ${a.why}`,
    a => write(a.better) ?? 'write the host and port of an API server, for example cp.example.org:6443',
  ),
  'kubernetes-endpoint-unreachable': warning<Doubt>(
    a => `${a.what} may be unreachable: ${a.why}`,
    a => a.hint,
    'A worker tries forever to join, so this is not an error: the network may be changed. A name needs a name server, from network.nameservers or from a DHCP lease; an address needs a network of its own or a default route. A loopback address works once something on the node listens there, and before the join nothing does: pods start with the kubelet, and the kubelet starts with the join.',
  ),
  'kubernetes-join-choice': error<{ given: readonly string[] }>(
    a => `the cluster is given by \`discoveryFile\` and by ${a.given.map(code).join(' and ')}`,
    () => 'keep discoveryFile, which contains both, or remove it',
  ),
  'kubernetes-join-delay-order': error<{ delay: string; maxDelay: string }>(
    a => `the first delay ${code(a.delay)} is longer than the longest, ${code(a.maxDelay)}`,
  ),
  'kubernetes-join-incomplete': error<{ key: string }>(
    a => `\`join\` needs ${code(a.key)}`,
    () => JOIN_HINT,
  ),
  'kubernetes-join-missing': error(
    () => 'a worker needs `join`: which cluster to join, and how',
    () => JOIN_HINT,
  ),
  'kubernetes-join-unpinned': error(
    () => '`join` needs `caCertHashes`: without them any machine could pretend to be the cluster',
    () => HASH_HINT,
    'kubeadm can skip this check; Keel does not offer that. A worker would send its token to the first server that answers, and run what that server asks for.',
  ),
  'kubernetes-label-forbidden': error<{ name: string; value: string }>(
    a => `a kubelet is not allowed to give its own node the label ${code(a.name)}`,
    a => `set it in the cluster: kubectl label node NAME ${a.name}=${a.value}`,
    'The cluster trusts labels of kubernetes.io and k8s.io, so a node may not set arbitrary ones on itself. A kubelet may set what is below kubelet.kubernetes.io and node.kubernetes.io, and kubernetes.io/hostname, kubernetes.io/arch, kubernetes.io/os, topology.kubernetes.io/region, topology.kubernetes.io/zone and their older names; labels of node-restriction.kubernetes.io never.',
  ),
  'kubernetes-label-name': error<{ name: string; why: string }>(
    a => `${code(a.name)} cannot be the name of a label: ${a.why}`,
    () => 'a name is like example.org/rack or rack',
  ),
  'kubernetes-label-value': error<{ name: string; value: string; why: string }>(
    a => `${code(a.value)} cannot be the value of the label ${code(a.name)}: ${a.why}`,
  ),
  'kubernetes-node-address-covered': warning<{ text: string; earlier: string }>(
    a => `${code(a.text)} never counts: it lies within ${code(a.earlier)} before it`,
    () => 'name the narrower network first, or remove it',
    'The networks are asked in their order, and the first address of the node that is in one of them is the one it has in the cluster.',
  ),
  'kubernetes-node-address-invalid': error<{ text: string; why: string; better: string | undefined }>(
    a => `a node cannot have its address in ${code(a.text)}: ${a.why}`,
    a => write(a.better) ?? 'write a network, for example 192.0.2.0/24 or 2001:db8::/64',
    'The kubelet refuses addresses that only the machine itself or its link reaches. For one address write its whole length: 192.0.2.10/32.',
  ),
  'kubernetes-node-address-nowhere': error<{ subnets: readonly string[]; family: Family }>(
    a => `this node has no address in ${a.subnets.map(code).join(' or ')}`,
    a =>
      `name the network of one of its addresses, or let a link get others by ${a.family === 4 ? 'dhcp4' : 'dhcp6 or slaac'}`,
    'All IPv4 or IPv6 addresses of this node are in its config, so the node would wait for one of these networks and never join.',
  ),
  'kubernetes-node-address-twice': error(
    () => '`node-ip` and `nodeAddress` both say which address the node has in the cluster',
    () =>
      'remove one of them: nodeAddress finds the address on the node, so that many nodes can share one config',
  ),
  'kubernetes-node-name': error<{ name: string; why: string; better: string | undefined }>(
    a => `${a.name === '' ? 'an empty string' : code(a.name)} cannot be the name of a node: ${a.why}`,
    a => write(a.better) ?? 'set another kubernetes.nodeName, for example worker-1',
  ),
  'kubernetes-taint': error<{ part: string; text: string; why: string }>(
    a => `${code(a.text)} cannot be the ${a.part} of a taint: ${a.why}`,
  ),
  'kubernetes-token': error<{ why: string }>(
    a => `this is not a bootstrap token: ${a.why}`,
    () =>
      'a token has six lower-case letters or digits, a dot and sixteen more; kubeadm token create prints a new one',
  ),
  'kubernetes-worker-without-network': error(
    () => 'a worker without an interface never reaches its cluster',
    () => 'add an interface, or remove network.links: then all of them use DHCP',
  ),
  'kubernetes-worker-without-state': warning(
    () => 'there is no partition that keeps the identity of this worker, so it joins again at every boot',
    () => 'add a partition KEEL-STATE to storage.disks, or use a token that never expires',
    'A bootstrap token expires after 24 hours by default. A node that is switched on later cannot join with it, and a node that lost its identity must join again.',
  ),
} as const
