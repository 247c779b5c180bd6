/** network: what can be wrong. */
import { choice, code, type Doubt, error, warning } from '../../diag/define.ts'

export const NETWORK_CODES = {
  'network-address-unusable': error<{ address: string; why: string }>(
    a => `${code(a.address)} cannot be the address of an interface: ${a.why}`,
  ),
  'network-all-static': error<{ address: string }>(
    a => `the address ${code(a.address)} cannot be given to all interfaces`,
    () => 'write all: true with dhcp: true, or select one interface by name or mac',
  ),
  'network-all-twice': error(() => 'another entry already has `all: true`'),
  'network-dhcp-address': error<{ address: string }>(
    a => `this interface has both the address ${code(a.address)} and \`dhcp: true\``,
    () => 'remove one of the two',
  ),
  'network-dhcp-gateway': error<{ gateway: string }>(
    a => `the gateway ${code(a.gateway)} has no effect: routes come by DHCP`,
    () => 'remove it, or set an address instead of dhcp: true',
  ),
  'network-duplicate': error<{ field: string; value: string }>(
    a => `the ${a.field} ${code(a.value)} is already used by another interface`,
  ),
  'network-duplicate-nameserver': error<{ address: string }>(
    a => `the name server ${code(a.address)} is listed twice`,
  ),
  'network-gateway-is-self': error<{ gateway: string }>(
    a => `the gateway ${code(a.gateway)} is the address of the interface itself`,
  ),
  'network-gateway-outside': error<{ gateway: string; network: string }>(
    a => `the gateway ${code(a.gateway)} is outside the interface's network ${code(a.network)}`,
    () => 'check the prefix length of the address',
  ),
  'network-gateway-unusable': error<{ gateway: string; why: string }>(
    a => `${code(a.gateway)} cannot be a gateway: ${a.why}`,
  ),
  'network-interface-no-address': error(
    () => 'interface needs one of `address`, `dhcp`',
    () => 'set an address, or dhcp: true',
  ),
  'network-interface-named-twice': error<{ given: readonly string[] }>(
    a => choice('interface', a.given, ['name', 'mac', 'all']),
    () => 'keep one of them',
  ),
  'network-interface-unsupported': error<{ name: string; kind: string }>(
    a => `${code(a.name)} is the name of ${a.kind}, which Keel does not set up`,
    () => 'name an Ethernet interface of the machine, such as eth0',
    'Keel configures the interfaces that the machine has, and creates no bonds, VLANs, bridges or tunnels. The boot would wait for such an interface and then fail.',
  ),
  'network-interface-renamed': error<{ name: string }>(
    a => `no interface is called ${code(a.name)}: that is a name given by udev, which a node does not have`,
    () => 'use the name that the kernel gives, such as eth0, or select the interface by mac',
    'udev renames interfaces by slot or address (enp1s0, eno1). A node has no udev, so the names of the kernel stay: eth0, eth1. Their order may change with the hardware; the MAC address does not.',
  ),
  'network-interface-no-selector': error(
    () => 'interface needs one of `name`, `mac`, `all`',
    () => 'set its name or its mac, or all: true',
  ),
  'network-loopback': error(
    () => 'the loopback interface cannot be configured: it is always up and has its address',
    () => 'remove this entry',
  ),
  'network-mac-unusable': error<{ mac: string }>(
    a => `${code(a.mac)} is not the MAC address of a single interface`,
  ),
  'network-nameserver-unreachable': warning<Doubt>(
    a => `the name server ${a.what} may be unreachable: ${a.why}`,
    a => a.hint,
  ),
  'network-nameserver-unusable': error<{ address: string; why: string }>(
    a => `${code(a.address)} cannot be a name server: ${a.why}`,
    () =>
      'use the address of a DNS server of your network; without nameservers those of the DHCP lease are used',
    'On a workstation 127.0.0.53 is systemd-resolved. A node has no resolver of its own, and pods would query themselves.',
  ),
  'network-overlap': warning<{ address: string; other: string }>(
    a =>
      `the networks of ${code(a.address)} and ${code(a.other)} overlap, so some addresses are reached over only one of them`,
  ),
  'network-two-gateways': error(
    () => 'a second interface has a gateway, and there can be only one default route',
    () => 'remove one of the gateways',
  ),
} as const
