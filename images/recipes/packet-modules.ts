import type { ModuleRow } from '../recipe.ts'

const ask = (why: string, ...names: string[]): ModuleRow[] =>
  names.map(name => ({ name, load: 'ask' as const, why }))

/**
 * What the network of a cluster asks the kernel for: kube-proxy and CNI plugins bring their own `nft` and `iptables`, but modules can
 * only come from here. Missing on purpose, until a node needs them: the older ip_tables, IPVS, ipip, geneve and wireguard.
 */
export const PACKET_MODULES: readonly ModuleRow[] = [
  ...ask('Connection tracking: Services and network policies stand on it.', 'nf_conntrack'),
  ...ask(
    'Through it kube-proxy forgets connections to pods that are gone, and counts those that are.',
    'nf_conntrack_netlink',
  ),
  ...ask(
    'The packet filter of kube-proxy, of CNI plugins and of network policies.',
    'nf_tables',
    'nft_chain_nat',
    'nft_ct',
    'nft_limit',
    'nft_masq',
    'nft_nat',
    'nft_redir',
  ),
  ...ask('Chooses one of the endpoints of a Service.', 'nft_hash', 'nft_numgen'),
  ...ask(
    'Refuses connections to a Service without endpoints.',
    'nft_reject',
    'nft_reject_inet',
    'nft_reject_ipv4',
    'nft_reject_ipv6',
  ),
  ...ask(
    'Tells addresses of the node from others, for node ports.',
    'nft_fib',
    'nft_fib_inet',
    'nft_fib_ipv4',
    'nft_fib_ipv6',
  ),
  ...ask(
    'The rules of programs that still speak iptables, kube-proxy in its usual mode among them.',
    'nft_compat',
    'ip6t_REJECT',
    'ipt_REJECT',
    'xt_MASQUERADE',
    'xt_REDIRECT',
    'xt_addrtype',
    'xt_comment',
    'xt_conntrack',
    'xt_mark',
    'xt_multiport',
    'xt_nat',
    'xt_physdev',
    'xt_recent',
    'xt_statistic',
    'xt_tcpudp',
  ),
  ...ask(
    'Sets of addresses, which network policies are made of.',
    'ip_set',
    'ip_set_hash_ip',
    'ip_set_hash_net',
    'xt_set',
  ),
  ...ask('The tunnels between nodes of Flannel, Calico and Cilium.', 'vxlan'),
]
