/** Names of interfaces that no node has when it boots: those of devices made by software, and those that udev gives. */

/** What such an interface is elsewhere. On a node nothing sets it up before the pods run. */
const MADE: readonly (readonly [name: RegExp, kind: string])[] = [
  [/^(.+\.|vlan)\d+$/, 'a VLAN'],
  [/^bond\d+$/, 'a bond'],
  [/^team\d+$/, 'a team'],
  [/^(br|virbr|lxcbr|vmbr)\d+$|^br-/, 'a bridge'],
  [/^wg\d+$/, 'a WireGuard interface'],
  [/^(tun|tap)\d+$/, 'a TUN or TAP device'],
  [/^vxlan\d+$|^(flannel|cilium_|cali|kube-)|^(cni|docker|podman|nerdctl)\d+$/, 'a device of a pod network'],
  [/^(veth|lxc|vnet)/, 'a virtual Ethernet device'],
  [/^(macvlan|macvtap|ipvlan|vrf)\d*$/, 'a virtual Ethernet device'],
  [/^wl(an\d+|[opsx]\w+)$/, 'a wireless interface'],
]

/** By onboard number, slot, path, MAC address and the rest of systemd's naming schemes; the kernel says eth0. */
const RENAMED = /^(en|ib|ww)(o\d|s\d|x[0-9a-f]{12}$|P?\d*p\d+s\d|X\d|v\d|a[a-z]{3}|i\d|c[0-9a-f]|d\d|b\d|u\d)/

/** Why no interface has the name: nothing sets it up, or nobody renames one. */
export function nameWithoutInterface(name: string): 'renamed' | { readonly kind: string } | undefined {
  const made = MADE.find(([pattern]) => pattern.test(name))
  if (made !== undefined) return { kind: made[1] }
  return RENAMED.test(name) ? 'renamed' : undefined
}
