/** Ports of parts of Kubernetes, as their own documentation lists them. */
import type { Allowed } from '../../../schema/generated/node.ts'

export type Preset = NonNullable<Allowed['preset']>
export type Protocol = NonNullable<Allowed['protocol']>

/** Ports from the first to the last, both of them too. */
export type Range = readonly [first: number, last: number]

/** A protocol; without ranges it has no ports. */
export interface PresetRow {
  readonly protocol: Protocol
  readonly ranges?: readonly Range[]
}

/** IANA's numbers. */
export const PROTOCOLS: Readonly<Record<Protocol, number>> = {
  tcp: 6,
  udp: 17,
  sctp: 132,
  ipip: 4,
  gre: 47,
  esp: 50,
  ah: 51,
  vrrp: 112,
}

/** Protocols that tell services apart by ports. */
export const WITH_PORTS: readonly Protocol[] = ['tcp', 'udp', 'sctp']

/** Where the kubelet listens if its config says nothing else. */
export const KUBELET_PORT = 10250

const one = (port: number): Range => [port, port]
const WIREGUARD: Range = [51820, 51821]

/**
 * Kubernetes: kubernetes.io/docs/reference/networking/ports-and-protocols (ports of nodes are not of the kubelet).
 * Flannel: Documentation/backends.md. Calico: docs.tigera.io, system requirements. Cilium: docs.cilium.io, system requirements.
 */
export const PRESETS: Readonly<Record<Preset, readonly PresetRow[]>> = {
  kubelet: [{ protocol: 'tcp', ranges: [one(KUBELET_PORT)] }],
  api: [{ protocol: 'tcp', ranges: [one(6443)] }],
  'control-plane': [
    { protocol: 'tcp', ranges: [one(6443), [2379, 2380], one(KUBELET_PORT), one(10257), one(10259)] },
  ],
  flannel: [{ protocol: 'udp', ranges: [one(8472), WIREGUARD] }],
  calico: [
    { protocol: 'tcp', ranges: [one(179), one(5473)] },
    { protocol: 'udp', ranges: [one(4789), WIREGUARD] },
    { protocol: 'ipip' },
  ],
  cilium: [
    { protocol: 'tcp', ranges: [one(4240), one(4244)] },
    { protocol: 'udp', ranges: [one(8472), one(51871)] },
  ],
}
