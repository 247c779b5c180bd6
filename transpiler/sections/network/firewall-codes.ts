/** network.firewall: what can be wrong. */
import { choice, code, error, list, meant, warning } from '../../diag/define.ts'

export const FIREWALL_CODES = {
  'network-firewall-allow-covered': warning(
    () => 'another entry already allows all of this',
    () => 'remove one of them',
  ),
  'network-firewall-allow-kinds': error<{ given: readonly string[] }>(
    a => choice('entry', a.given, ['preset', 'protocol']),
    () => 'write for example {preset: kubelet}, or {protocol: tcp, ports: [443]}',
  ),
  'network-firewall-from-covered': error<{ network: string; by: string }>(
    a => `${code(a.network)} is already in ${code(a.by)}`,
    () => 'remove one of them',
  ),
  'network-firewall-kubelet-closed': error<{ port: number; links: readonly string[] }>(
    a =>
      `the API server cannot reach this node: port ${a.port} of the kubelet is closed on ${list(a.links)}, and no other link leads there`,
    a =>
      `add ${a.port === 10250 ? '{preset: kubelet}' : `{protocol: tcp, ports: [${a.port}]}`} to allow, with the networks of the control plane in its from; or set force: true`,
    'The node would join and be Ready, because it opens its own connections. But kubectl logs, exec, attach and port-forward, and the metrics of pods are connections of the API server to the kubelet. With a tunnel that an agent on the node opens (Konnectivity) force: true is right.',
  ),
  'network-firewall-link-member': error<{ name: string; of: string }>(
    a => `${code(a.name)} is a member of ${code(a.of)}, by which its packets come in`,
    a => `write ${a.of}`,
  ),
  'network-firewall-link-twice': error<{ name: string }>(a => `the link ${code(a.name)} is listed twice`),
  'network-firewall-link-unknown': error<{
    name: string
    meant: string | undefined
    links: readonly string[]
  }>(
    a => `no link has the name ${code(a.name)}`,
    a =>
      meant(a.meant) ??
      (a.links.length > 0
        ? `links with a name are ${list(a.links)}`
        : 'give the link a name, as in {name: wan, match: {mac: …}}'),
    'A firewall names links by the names that they have in network.links. Only where an entry means all interfaces may it have the kernel’s name of one of them, such as eth0.',
  ),
  'network-firewall-no-links': error(
    () => 'a firewall needs `network.links`, because it names links',
    () => 'write links: [{match: {all: true}, dhcp4: true}] for DHCP on every interface',
    'Without network.links the links may be those of the platform, whose names no config knows. A firewall that names others would close nothing.',
  ),
  'network-firewall-ports-invalid': error<{ text: string; why: string }>(
    a => `${code(a.text)} are not ports: ${a.why}`,
    () => 'write a number from 1 to 65535, or two with a dash, the lower one first',
  ),
  'network-firewall-ports-missing': error<{ protocol: string }>(
    a => `${code(a.protocol)} needs \`ports\``,
    () => 'write ports: [443], or ports: [1-65535] for all of them',
  ),
  'network-firewall-ports-overlap': error<{ text: string; other: string }>(
    a => `ports of ${code(a.text)} are already in ${code(a.other)}`,
    () => 'write each port once',
  ),
  'network-firewall-ports-unused': error<{ of: string }>(
    a => `${code(a.of)} takes no ports`,
    () => 'remove them, or write protocol: tcp or udp with them',
  ),
  'network-firewall-tunnel-closed': warning<{ port: number }>(
    a => `the firewall lets no peer begin: nothing in allow is for port ${a.port} of UDP`,
    a =>
      `add {protocol: udp, ports: [${a.port}]} to allow, if a peer without an endpoint is outside of its links`,
  ),
  'network-guard-endpoint': error<{ address: string }>(
    a => `the guard closes ${code(a.address)} to pods, and that is the address of the API server`,
    () => 'remove metadataGuard, or give the API server another address',
  ),
} as const
