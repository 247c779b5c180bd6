/** network with nothing left out. */
import type {
  Allowed,
  Dhcp4Overrides,
  Firewall,
  HostEntry,
  LinkMember,
  NetworkBond,
  NetworkBridge,
  NetworkLink,
  NetworkVlan,
  NetworkWireguard,
  Route,
  RoutingRule,
  WireguardPeer,
} from '../../../schema/generated/node.ts'
import type { Address, Prefix } from '../../rules/ip.ts'
import type { Placed } from '../filled.ts'
import type { Item } from '../item.ts'

export interface FullNetwork {
  /** Whether the config leaves the links to the platform; those here count where it has none. */
  readonly isOfPlatform: boolean
  readonly links: readonly FullLink[]
  readonly nameservers: readonly FullNameserver[]
  readonly searchDomains: readonly FullName[]
  readonly hosts: readonly FullHost[]
  readonly firewall: FullFirewall | undefined
  readonly metadataGuard: boolean | undefined
  readonly routeTimeout: string | undefined
}

/** What a link is made by; the first is a link of the machine. */
export const KINDS = ['physical', 'bond', 'vlan', 'bridge', 'dummy', 'wireguard'] as const
export type Kind = (typeof KINDS)[number]

type Given = Omit<
  Placed<NetworkLink>,
  | 'match'
  | 'bond'
  | 'vlan'
  | 'bridge'
  | 'dummy'
  | 'wireguard'
  | 'dhcp4Overrides'
  | 'addresses'
  | 'routes'
  | 'rules'
  | 'nameservers'
  | 'searchDomains'
>

export interface FullLink extends Given {
  readonly kind: Kind
  /** The keys that say what it is; it may have only one. */
  readonly kinds: readonly string[]
  readonly match: FullMatch | undefined
  readonly bond: FullBond | undefined
  readonly vlan: Placed<NetworkVlan> | undefined
  readonly bridge: FullBridge | undefined
  readonly wireguard: FullWireguard | undefined
  readonly dhcp4Overrides: FullOverrides | undefined
  readonly addresses: readonly FullAddress[]
  readonly routes: readonly FullRoute[]
  readonly rules: readonly FullRule[]
  readonly nameservers: readonly FullNameserver[]
  readonly searchDomains: readonly FullName[]
}

/** The name that a link has when the node runs, as far as the config knows it. One of the machine keeps the kernel's where it gets no other. */
export const nameOf = ({ name, match }: FullLink): string | undefined => name ?? match?.name

export interface FullMatch extends FullMember {
  /** Whether the key `all` is there, which can only be true. */
  readonly isAll: boolean
}

export type FullOverrides = Placed<Dhcp4Overrides>

export type FullMember = Placed<LinkMember>

export interface FullBond extends Omit<Placed<NetworkBond>, 'members' | 'arpIPTargets'> {
  readonly members: readonly FullMember[]
  readonly arpIPTargets: readonly FullNameserver[]
}

export interface FullBridge extends Omit<Placed<NetworkBridge>, 'members'> {
  readonly members: readonly FullMember[]
}

export interface FullWireguard extends Omit<Placed<NetworkWireguard>, 'peers'> {
  readonly peers: readonly FullPeer[]
}

export interface FullPeer extends Omit<Placed<WireguardPeer>, 'allowedIPs'> {
  readonly allowedIPs: readonly FullAddress[]
}

/** A text of an address with the length of a prefix; undefined: it is none. */
export interface FullAddress extends Item {
  readonly text: string
  readonly prefix: Prefix | undefined
}

export interface FullRoute extends Placed<Route> {
  /** Absent where it says neither a destination nor a gateway that is an address. */
  readonly to: Prefix | undefined
}

export type FullRule = Placed<RoutingRule>

export interface FullNameserver extends Item {
  readonly address: string
  /** Absent: the text is not an address. */
  readonly ip: Address | undefined
}

export interface FullName extends Item {
  readonly name: string
}

export interface FullHost extends Omit<Placed<HostEntry>, 'names'> {
  readonly ip: Address | undefined
  readonly names: readonly FullName[]
}

export interface FullFirewall extends Omit<Placed<Firewall>, 'links' | 'allow'> {
  readonly links: readonly FullName[]
  readonly allow: readonly FullAllowed[]
}

export interface FullAllowed extends Omit<Placed<Allowed>, 'ports' | 'from'> {
  readonly hasPorts: boolean
  readonly ports: readonly FullPorts[]
  /** Whether it says who may send; without that anybody may. */
  readonly hasFrom: boolean
  readonly from: readonly FullAddress[]
}

/** A text of ports; without a range it is none, and `why` says so. */
export interface FullPorts extends Item {
  readonly text: string
  readonly range: readonly [first: number, last: number] | undefined
  readonly why: string | undefined
}
