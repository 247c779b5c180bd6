/**
 * The one set of rules for addresses and names of machines: whether an address can be what a node config gives it for. What cannot
 * work is an error; what works only on some networks is a warning.
 */
import { certain } from './certain.ts'
import { withoutBrackets } from './host.ts'
import {
  type Address,
  contains,
  covers,
  firstOf,
  ipOf,
  isSame,
  lastOf,
  overlap,
  type Prefix,
  prefixOf,
} from './ip.ts'

/** What is known of a node's own network before it boots. */
export interface OwnNetwork {
  /** Of the static addresses. */
  readonly networks: readonly Prefix[]
  /** Names by which the node knows itself in the /etc/hosts that init writes. */
  readonly names: readonly string[]
  /** Whether the config's own /etc/hosts may have a name. */
  readonly isInHosts: (name: string) => boolean
  readonly podNetworks: readonly Prefix[]
  /** Whether packets to an address outside of those networks may leave. */
  readonly hasDefaultRoute: (address: Address) => boolean
  /** Whether a name server may be known. */
  readonly hasNameServer: boolean
}

/** What an address is given for. */
export type AddressUse =
  | 'interface'
  | 'gateway'
  | 'nameserver'
  | 'link-nameserver'
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
  readonly fits: (address: Address, own: OwnNetwork) => boolean
  readonly why: string
  readonly hint?: string
  readonly errors: readonly AddressUse[]
  readonly warnings?: readonly AddressUse[]
}

const ALL: readonly AddressUse[] = [
  'interface',
  'gateway',
  'nameserver',
  'link-nameserver',
  'endpoint',
  'time-server',
  'cluster-dns',
  'registry',
]
const REMOTE: readonly AddressUse[] = ['nameserver', 'link-nameserver', 'endpoint', 'time-server']
/** What programs of the node look up that read /etc/hosts. */
const IN_HOSTS: readonly AddressUse[] = ['endpoint', 'registry']
const range = (text: string): Prefix => certain(prefixOf(text), text)
const within = (...texts: string[]) => {
  const ranges = texts.map(range)
  return (address: Address) => ranges.some(one => contains(one, address))
}
/** IPv6 has no broadcast address, and prefixes of 31 and 32 bits have neither that nor one of the network. */
const isEndOf = (end: 'first' | 'last') => (address: Address, own: OwnNetwork) =>
  address.family === 4 && endsOf(own.networks)[end].has(address.bits)

interface Ends {
  readonly first: ReadonlySet<bigint>
  readonly last: ReadonlySet<bigint>
}

/** A config has one list of networks, and up to 65,536 gateways that are compared with it. */
const known = new WeakMap<readonly Prefix[], Ends>()

function endsOf(networks: readonly Prefix[]): Ends {
  const ends = known.get(networks)
  if (ends !== undefined) return ends
  const wide = networks.filter(({ address, length }) => address.family === 4 && length < 31)
  const made = {
    first: new Set(wide.map(prefix => firstOf(prefix).bits)),
    last: new Set(wide.map(prefix => lastOf(prefix).bits)),
  }
  known.set(networks, made)
  return made
}

const isLoopback = within('127.0.0.0/8', '::1/128')
const isOfOneLink = within('fe80::/10')
const isLinkLocal = within('169.254.0.0/16', 'fe80::/10')
const LOOPBACK: Rule = {
  fits: isLoopback,
  why: 'a loopback address never leaves the machine',
  hint: 'a pod that listens there is not started before the node has joined',
  // A pod of the node may be a registry.
  errors: ALL.filter(use => use !== 'endpoint' && use !== 'registry'),
  warnings: ['endpoint'],
}
const OWN: Rule = {
  fits: (address, { networks }) => networks.some(prefix => isSame(prefix.address, address)),
  why: 'it is this node itself',
  errors: REMOTE,
}

/** The first that fits and says something about the use counts. */
const RULES: readonly Rule[] = [
  { fits: within('0.0.0.0/8'), why: 'addresses in 0.0.0.0/8 belong to no machine', errors: ALL },
  LOOPBACK,
  { fits: within('::/128'), why: 'it stands for no address', errors: ALL },
  {
    fits: within('::ffff:0:0/96'),
    why: 'it is an IPv4 address in the form of IPv6, which no machine has',
    errors: ALL,
  },
  { fits: within('224.0.0.0/4', 'ff00::/8'), why: 'it is a multicast address', errors: ALL },
  { fits: within('255.255.255.255/32'), why: 'it is the broadcast address', errors: ALL },
  {
    fits: within('240.0.0.0/4'),
    why: 'it is in the reserved range 240.0.0.0/4, which many systems refuse',
    errors: ['interface', 'gateway'],
    warnings: REMOTE,
  },
  { fits: isEndOf('first'), why: 'it is the address of the network itself', errors: ALL },
  { fits: isEndOf('last'), why: 'it is the broadcast address of its network', errors: ALL },
  OWN,
  {
    fits: (address, { podNetworks }) => podNetworks.some(network => contains(network, address)),
    why: 'it is in the pod network of this node',
    errors: ['endpoint', 'time-server'],
    warnings: ['nameserver', 'link-nameserver'],
  },
  {
    fits: isOfOneLink,
    why: 'a link-local address is reached on one link, so it can only be among the name servers of that link',
    errors: ['nameserver'],
  },
  {
    fits: isOfOneLink,
    why: 'a link-local address is reached on one link, which nothing here names',
    errors: ['time-server'],
  },
  {
    fits: isLinkLocal,
    why: 'a link-local address is only reached on the same link',
    errors: [],
    warnings: ['endpoint'],
  },
  {
    fits: (address, { hasDefaultRoute, networks }) =>
      !hasDefaultRoute(address) &&
      !isLoopback(address) &&
      !isOfOneLink(address) &&
      !networks.some(prefix => contains(prefix, address)),
    why: 'this node has no route to it',
    hint: 'add a route to it, or an interface in its network',
    errors: [],
    warnings: [...REMOTE, 'registry'],
  },
]

/** What is wrong with an address where it is used. */
export function addressProblem(
  address: Address,
  use: AddressUse,
  own: OwnNetwork,
): AddressProblem | undefined {
  const rule = RULES.find(one => concerns(one, use) && one.fits(address, own))
  return rule && problemBy(rule, use)
}

/** The same of a name or an address. */
export function hostUseProblem(host: string, use: AddressUse, own: OwnNetwork): AddressProblem | undefined {
  const address = ipOf(withoutBrackets(host))
  if (address !== undefined) return addressProblem(address, use, own)
  const name = host.toLowerCase()
  const rule = /(^|\.)localhost(\.localdomain)?$/.test(name)
    ? LOOPBACK
    : own.names.includes(name)
      ? OWN
      : undefined
  if (rule !== undefined) return concerns(rule, use) ? problemBy(rule, use) : undefined
  if (own.hasNameServer || (IN_HOSTS.includes(use) && own.isInHosts(name))) return undefined
  const why = 'this node has no name server to look the name up'
  return { isError: false, why, hint: 'set network.nameservers, or write an address' }
}

const concerns = ({ errors, warnings }: Rule, use: AddressUse): boolean =>
  errors.includes(use) || warnings?.includes(use) === true

function problemBy({ errors, why, hint }: Rule, use: AddressUse): AddressProblem {
  return { isError: errors.includes(use), why, hint }
}

/** Ranges in which no pod can have an address. */
const NO_PODS: readonly (readonly [text: string, why: string])[] = [
  ['0.0.0.0/8', 'addresses in 0.0.0.0/8 belong to no machine'],
  ['127.0.0.0/8', 'it contains loopback addresses'],
  ['224.0.0.0/4', 'it contains multicast addresses'],
  ['240.0.0.0/4', 'it contains the reserved range 240.0.0.0/4'],
  ['::/127', 'it contains the loopback address'],
  ['::ffff:0:0/96', 'it contains IPv4 addresses in the form of IPv6'],
  ['fe80::/10', 'it contains link-local addresses'],
  ['ff00::/8', 'it contains multicast addresses'],
]

/** Why pods cannot have the addresses of a prefix. */
export function podNetworkProblem(network: Prefix): string | undefined {
  return NO_PODS.find(([text]) => overlap(range(text), network))?.[1]
}

/** Ranges of which the kubelet takes no address for its node. */
const NO_NODES: readonly (readonly [text: string, why: string])[] = [
  ['0.0.0.0/8', 'addresses in 0.0.0.0/8 belong to no machine'],
  ['127.0.0.0/8', 'it has only loopback addresses'],
  ['::1/128', 'it has only the loopback address'],
  ['::/128', 'it stands for no address'],
  ['169.254.0.0/16', 'it has only link-local addresses'],
  ['fe80::/10', 'it has only link-local addresses'],
  ['224.0.0.0/4', 'it has only multicast addresses'],
  ['ff00::/8', 'it has only multicast addresses'],
  ['::ffff:0:0/96', 'it has only IPv4 addresses in the form of IPv6'],
]

/** Why a node cannot have any address of a network in its cluster. */
export function nodeNetworkProblem(network: Prefix): string | undefined {
  return NO_NODES.find(([text]) => covers(range(text), network))?.[1]
}
