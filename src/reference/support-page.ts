/** docs/reference/support-matrix.md: what Keel is made of and runs on, each row with the test that shows it. */
import { KUBERNETES_LINES } from '../../schema/kubernetes-lines.ts'
import { PLATFORMS } from '../../schema/platforms.ts'

/** A test as the page names it: its file and a part of its title. */
export interface Proof {
  readonly file: string
  readonly title: string
}

/** What there is, and how that is known; without a proof nobody has seen it work. */
interface Row {
  readonly what: string
  readonly state: string
  readonly proof?: Proof
}

const proof = (file: string, title: string): Proof => ({ file, title })

const UEFI_DISK = proof('test/vm/disk-image.test.ts', 'a disk image starts under UEFI')
const PXE = proof('test/vm/pxe.test.ts', 'a machine with an empty disk starts from the network')
const DRIVERS = proof('test/image/hardware.test.ts', 'drives every device that hardware.json says it drives')
const SERVICES = proof('test/cluster/services.test.ts', 'a Service answers by address, by name')
const METADATA = proof(
  'test/vm/platforms.test.ts',
  'the firmware names it, and its metadata service is asked',
)

const MACHINES: readonly Row[] = [
  { what: 'x86-64', state: 'yes', proof: UEFI_DISK },
  { what: 'arm64 and others', state: 'no: nothing is built for them' },
  { what: 'UEFI, from a disk', state: 'yes', proof: UEFI_DISK },
  { what: 'UEFI and BIOS, by PXE', state: 'yes', proof: PXE },
  { what: 'BIOS, from a disk', state: 'no: there is no loader for it' },
  { what: 'Secure Boot', state: 'no: images are not signed' },
  {
    what: '416 MiB of memory',
    state: 'enough for a worker with two small pods',
    proof: proof('test/cluster/join.test.ts', 'the smallest machine joins and keeps two pods'),
  },
]

const HYPERVISORS: readonly Row[] = [
  {
    what: 'QEMU 10',
    state: 'yes, emulated; with KVM where a probe machine boots with it',
    proof: proof('test/libvirt/guide.test.ts', 'by QEMU alone'),
  },
  { what: 'libvirt', state: 'yes', proof: proof('test/libvirt/guide.test.ts', 'by virsh') },
  {
    what: 'Vagrant with libvirt',
    state: 'yes',
    proof: proof('test/vagrant/guide.test.ts', 'vagrant up brings the node up'),
  },
  {
    what: 'VMware',
    state: 'its network cards and disks, as QEMU plays them; no config by guestinfo, no VMDK',
    proof: proof('test/vm/hardware.test.ts', "network and disks by VMware's devices"),
  },
  { what: 'Hyper-V, Xen', state: 'drivers are in the image; never booted there', proof: DRIVERS },
]

const NODE: readonly Row[] = [
  {
    what: 'worker of a cluster that kubeadm made',
    state: 'yes',
    proof: proof('test/cluster/join.test.ts', 'a machine joins by its token'),
  },
  {
    what: 'node without a cluster, with static pods',
    state: 'yes',
    proof: proof('test/vm/happy-path.test.ts', 'one config makes an empty disk a node whose pod runs'),
  },
  { what: 'control plane', state: 'no' },
  {
    what: "an API server of the kubelet's version",
    state: 'yes',
    proof: proof('test/unit/image-lock.test.ts', 'that they are tested with are of one version'),
  },
  {
    what: 'an API server that is up to three minors newer',
    state: 'yes, as Kubernetes allows it',
    proof: proof('test/long/versions.test.ts', 'are nodes of one cluster, each with a pod'),
  },
  {
    what: 'an API server that is older',
    state: 'no: the machine does not begin to join',
    proof: proof('test/long/versions.test.ts', 'does not begin to join, and says both versions'),
  },
  {
    what: 'CNI: the bridge plugin of the image',
    state: 'yes',
    proof: proof('test/cluster/two-workers.test.ts', 'pods of two workers reach each other'),
  },
  {
    what: 'CNI: Flannel, with VXLAN and with WireGuard',
    state: 'yes',
    proof: proof('test/long/flannel.test.ts', 'carries packets between pods of two workers'),
  },
  { what: 'Services by kube-proxy, in the modes nftables and iptables', state: 'yes', proof: SERVICES },
  { what: 'CoreDNS, as kubeadm installs it', state: 'yes', proof: SERVICES },
  { what: 'host ports with `cni: bridge`', state: 'yes', proof: SERVICES },
  { what: 'NetworkPolicy by kube-network-policies', state: 'yes', proof: SERVICES },
  {
    what: 'CSI: the interface, and what drivers need of a node',
    state: 'yes, with a driver of the tests',
    proof: SERVICES,
  },
  {
    what: 'the interface between kubelet and containerd, by critest',
    state: 'yes, but for AppArmor',
    proof: proof('test/long/critest.test.ts', 'the runtime of a node does all'),
  },
  {
    what: 'conformance tests of Kubernetes',
    state: '57 of them, on two workers',
    proof: proof('test/long/conformance.test.ts', 'the chosen tests of Kubernetes pass on two workers'),
  },
  { what: 'other network plugins and CSI drivers', state: 'not tested' },
  {
    what: 'ext4 on GPT',
    state: 'yes',
    proof: proof('test/vm/disks.test.ts', 'one NVMe drive is one disk'),
  },
  { what: 'other filesystems, RAID, LVM, encryption', state: 'no' },
  {
    what: 'IPv4, static and by DHCP',
    state: 'yes',
    proof: proof('test/network/dhcp.test.ts', 'a lease brings address, routes, MTU, servers and names'),
  },
  {
    what: 'IPv6 by router advertisements',
    state: 'yes',
    proof: proof('test/vm/addresses.test.ts', 'a node with a kubelet hears IPv6 routers'),
  },
  {
    what: 'IPv6 by DHCPv6: addresses, names, NTP servers',
    state: 'yes, against dnsmasq and Kea; no delegated prefixes',
    proof: proof('test/network/dhcp6.test.ts', 'a lease of DHCPv6 brings an address, servers and names'),
  },
  {
    what: 'static addresses of both families, bonds, VLANs, bridges',
    state: 'yes',
    proof: proof('test/vm/links.test.ts', 'links of every kind are what the config says'),
  },
  {
    what: 'WireGuard links, several planes',
    state: 'yes',
    proof: proof('test/vm/wireguard.test.ts', 'two nodes mesh over two planes without a name server'),
  },
  {
    what: 'a firewall of both families, also for the ports of pods; metadata services closed to pods',
    state: 'yes',
    proof: proof('test/vm/firewall.test.ts', 'ports that are not allowed are silent'),
  },
]

/** Rows of one platform of `schema/platforms.ts`. */
const CLOUDS: readonly Row[] = PLATFORMS.map(({ title }) => ({
  what: title,
  state: 'its metadata service, as a simulator of it plays it; never booted there',
  proof: METADATA,
}))

/** Every proof of the page, for the test that looks each of them up. */
export const PROOFS: readonly Proof[] = [...MACHINES, ...HYPERVISORS, ...NODE, ...CLOUDS].flatMap(
  ({ proof }) => proof ?? [],
)

/** The body of the page; `components` are those of the lock. */
export function supportPage(components: readonly { name: string; version: string }[]): string {
  const versions = components.map(({ name, version }) => `| ${name} | ${version} |`)
  return `
# Support matrix

What Keel is made of and runs on.
A row names the test that shows it; a row without one says so.

## Components

The versions that the lock pins. A running node is compared with it by \`test/cluster/two-workers.test.ts\`.
The kubelet is Kubernetes' version: an image has one of them, the first unless \`--kubernetes\` says another. \`linux\` is the kernel of the recipe cloud, \`linux-metal\` that of metal.

| component | version |
| --- | --- |
${versions.join('\n')}

## Kubernetes

| minor | fixed by upstream until |
| --- | --- |
${KUBERNETES_LINES.map(({ minor, endOfLife, hasEnded }) => `| ${minor} | ${endOfLife}${hasEnded ? ', which is past' : ''} |`).join('\n')}

## Machines

${table(MACHINES)}

[Hardware](hardware.md) lists the devices that each recipe drives.

## Hypervisors

${table(HYPERVISORS)}

## Clouds

${table(CLOUDS)}

Their devices are looked up in the image by \`${DRIVERS.file}\`; [platforms](platforms.md) has the rest.

## Nodes

${table(NODE)}
`
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, state, proof }) => `| ${what} | ${state} | ${proof ? `\`${proof.file}\`` : ''} |`,
  )
  return ['| what | supported | shown by |', '| --- | --- | --- |', ...lines].join('\n')
}
