/** Names of interfaces that no node has when it boots: those of devices made by software, and those that udev gives. */

/** What such an interface is elsewhere, and the key that makes one on a node. */
const MADE: readonly (readonly [name: RegExp, kind: string, key?: string])[] = [
  [/^(.+\.|vlan)\d+$/, 'a VLAN', 'vlan'],
  [/^bond\d+$/, 'a bond', 'bond'],
  [/^team\d+$/, 'a team', 'bond'],
  [/^(br|virbr|lxcbr|vmbr)\d+$|^br-/, 'a bridge', 'bridge'],
  [/^dummy\d+$/, 'a dummy interface', 'dummy'],
  [/^wg\d+$/, 'a WireGuard interface', 'wireguard'],
  [/^(tun|tap)\d+$/, 'a TUN or TAP device'],
  [/^vxlan\d+$|^(flannel|cilium_|cali|kube-)|^(cni|docker|podman|nerdctl)\d+$/, 'a device of a pod network'],
  [/^(veth|lxc|vnet)/, 'a virtual Ethernet device'],
  [/^(macvlan|macvtap|ipvlan|vrf)\d*$/, 'a virtual Ethernet device'],
  [/^wl(an\d+|[opsx]\w+)$/, 'a wireless interface'],
]

/** By onboard number, slot, path, MAC address and the rest of systemd's naming schemes; the kernel says eth0. */
const RENAMED = /^(en|ib|ww)(o\d|s\d|x[0-9a-f]{12}$|P?\d*p\d+s\d|X\d|v\d|a[a-z]{3}|i\d|c[0-9a-f]|d\d|b\d|u\d)/

/** Names that the kernel refuses: in /proc/sys/net two are settings of all interfaces, and in /sys/class/net one is a file of the bonds. */
const RESERVED = ['all', 'default', 'bonding_masters']

export const isReservedName = (name: string): boolean => RESERVED.includes(name)

/** Why no interface of a machine has the name: nothing renames one, or it is the name of one that is made. */
export function linkNameDoubt(
  name: string,
): 'renamed' | { readonly kind: string; readonly key: string | undefined } | undefined {
  const made = MADE.find(([pattern]) => pattern.test(name))
  if (made !== undefined) return { kind: made[1], key: made[2] }
  return RENAMED.test(name) ? 'renamed' : undefined
}
