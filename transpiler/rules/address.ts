/**
 * The one set of rules for addresses and names of machines: whether an address can be what a node config gives it for. What cannot
 * work is an error; what works only on some networks is a warning.
 */
import { isIpv4 } from './host.ts'
import { contains, firstOf, ipv4Of, lastOf, overlap, type Prefix, prefixOf } from './ipv4.ts'

/** What is known of a node's own network before it boots. */
export interface OwnNetwork {
  /** Of the static addresses. */
  readonly networks: readonly Prefix[]
  /** Names by which the node knows itself in the /etc/hosts that init writes. */
  readonly names: readonly string[]
  /** Whether the config's own /etc/hosts may have a name. */
  readonly isInHosts: (name: string) => boolean
  readonly podNetwork: Prefix | undefined
  /** Whether packets to anywhere may leave. */
  readonly hasDefaultRoute: boolean
  /** Whether a name server may be known. */
  readonly hasNameServer: boolean
}

/** What an address is given for. */
export type AddressUse =
  | 'interface'
  | 'gateway'
  | 'nameserver'
  | 'endpoint'
  | 'time-server'
  | 'cluster-dns'
  | 'registry'

/** Why an address or a name is wrong or doubtful there, as a phrase that follows a colon. */
export interface AddressProblem {
  readonly isError: boolean
  readonly why: string
  readonly hint: string | undefined
}

interface Rule {
  readonly fits: (address: number, own: OwnNetwork) => boolean
  readonly why: string
  readonly hint?: string
  readonly errors: readonly AddressUse[]
  readonly warnings?: readonly AddressUse[]
}

const ALL: readonly AddressUse[] = [
  'interface',
  'gateway',
  'nameserver',
  'endpoint',
  'time-server',
  'cluster-dns',
  'registry',
]
const REMOTE: readonly AddressUse[] = ['nameserver', 'endpoint', 'time-server']
/** What programs of the node look up that read /etc/hosts. */
const IN_HOSTS: readonly AddressUse[] = ['endpoint', 'registry']
const within = (cidr: string) => (address: number) => contains(prefixOf(cidr), address)
/** Prefixes of 31 and 32 bits have neither a network nor a broadcast address. */
const isEndOf = (end: (prefix: Prefix) => number) => (address: number, own: OwnNetwork) =>
  own.networks.some(prefix => prefix.length < 31 && end(prefix) === address)

const LOOPBACK_NETWORK = prefixOf('127.0.0.0/8')
const LOOPBACK: Rule = {
  fits: address => contains(LOOPBACK_NETWORK, address),
  why: 'a loopback address never leaves the machine',
  hint: 'a pod that listens there is not started before the node has joined',
  // A pod of the node may be a registry.
  errors: ALL.filter(use => use !== 'endpoint' && use !== 'registry'),
  warnings: ['endpoint'],
}
const OWN: Rule = {
  fits: (address, { networks }) => networks.some(prefix => prefix.address === address),
  why: 'it is this node itself',
  errors: REMOTE,
}

/** The first that fits and says something about the use counts. */
const RULES: readonly Rule[] = [
  { fits: within('0.0.0.0/8'), why: 'addresses in 0.0.0.0/8 belong to no machine', errors: ALL },
  LOOPBACK,
  { fits: within('224.0.0.0/4'), why: 'it is a multicast address', errors: ALL },
  { fits: within('255.255.255.255/32'), why: 'it is the broadcast address', errors: ALL },
  {
    fits: within('240.0.0.0/4'),
    why: 'it is in the reserved range 240.0.0.0/4, which many systems refuse',
    errors: ['interface', 'gateway'],
    warnings: REMOTE,
  },
  { fits: isEndOf(firstOf), why: 'it is the address of the network itself', errors: ALL },
  { fits: isEndOf(lastOf), why: 'it is the broadcast address of its network', errors: ALL },
  OWN,
  {
    fits: (address, { podNetwork }) => podNetwork !== undefined && contains(podNetwork, address),
    why: 'it is in the pod network of this node',
    errors: ['endpoint', 'time-server'],
    warnings: ['nameserver'],
  },
  {
    fits: within('169.254.0.0/16'),
    why: 'a link-local address is only reached on the same link',
    errors: [],
    warnings: ['endpoint'],
  },
  {
    fits: (address, { hasDefaultRoute, networks }) =>
      !hasDefaultRoute && ![...networks, LOOPBACK_NETWORK].some(prefix => contains(prefix, address)),
    why: 'this node has no route to it',
    hint: 'set the gateway of an interface, or add an interface in its network',
    errors: [],
    warnings: [...REMOTE, 'registry'],
  },
]

/** What is wrong with an IPv4 address where it is used. */
export function addressProblem(text: string, use: AddressUse, own: OwnNetwork): AddressProblem | undefined {
  const address = ipv4Of(text)
  const rule = RULES.find(one => concerns(one, use) && one.fits(address, own))
  return rule && problemBy(rule, use)
}

/** The same of a name or an IPv4 address. */
export function hostUseProblem(host: string, use: AddressUse, own: OwnNetwork): AddressProblem | undefined {
  if (isIpv4(host)) return addressProblem(host, use, own)
  const name = host.toLowerCase()
  const rule = /(^|\.)localhost(\.localdomain)?$/.test(name)
    ? LOOPBACK
    : own.names.includes(name)
      ? OWN
      : undefined
  if (rule !== undefined) return concerns(rule, use) ? problemBy(rule, use) : undefined
  if (own.hasNameServer || (IN_HOSTS.includes(use) && own.isInHosts(name))) return undefined
  const why = 'this node has no name server to look the name up'
  return { isError: false, why, hint: 'set network.nameservers, or write an IPv4 address' }
}

const concerns = ({ errors, warnings }: Rule, use: AddressUse): boolean =>
  errors.includes(use) || warnings?.includes(use) === true

function problemBy({ errors, why, hint }: Rule, use: AddressUse): AddressProblem {
  return { isError: errors.includes(use), why, hint }
}

/** Ranges in which no pod can have an address. */
const NO_PODS: readonly (readonly [range: string, why: string])[] = [
  ['0.0.0.0/8', 'addresses in 0.0.0.0/8 belong to no machine'],
  ['127.0.0.0/8', 'it contains loopback addresses'],
  ['224.0.0.0/4', 'it contains multicast addresses'],
  ['240.0.0.0/4', 'it contains the reserved range 240.0.0.0/4'],
]

/** Why pods cannot have the addresses of a prefix. */
export function podNetworkProblem(network: Prefix): string | undefined {
  return NO_PODS.find(([range]) => overlap(prefixOf(range), network))?.[1]
}
