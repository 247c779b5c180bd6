import type { FileRow, Recipe } from '../recipe.ts'
import { CONTAINERD_CONFIG, PAUSE_IMAGE } from './containerd-config.ts'
import { HYPERVISOR_MODULES } from './hypervisor-modules.ts'
import { type ImageName, osRelease } from './os-release.ts'
import { PROGRAMS } from './programs.ts'
import { WORKLOAD_MODULES } from './workload-modules.ts'

const dir = (path: string, why: string, mode = 0o755): FileRow => ({ path, mode, from: { dir: true }, why })
const link = (path: string, target: string, why: string): FileRow => ({
  path,
  mode: 0o777,
  from: { link: target },
  why,
})
const text = (path: string, content: string, why: string): FileRow => ({
  path,
  mode: 0o644,
  from: { text: content },
  why,
})
const program = (step: string, name: string, why: string, path = `/bin/${name}`): FileRow => ({
  path,
  mode: 0o755,
  from: { step, file: name },
  why,
})

/** Both consoles that a machine may have, and a reset after a kernel panic, which nobody would see. */
export const CMDLINE = 'console=tty0 console=ttyS0,115200 panic=10 loglevel=4'

/** The kernel's check that the timer ticks in time panics where a busy host gives the machine no turn; hypervisors that Linux knows are spared it. */
const VIRTUAL_TIMER = 'no_timer_check'

/**
 * A node in a virtual machine: the distribution's cloud kernel, drivers of the usual hypervisors, containerd, kubelet and kubeadm.
 * What is missing on purpose: a shell, any interpreter, a package manager, ssh, a C library, terminfo, locales, time zones, udev.
 */
export const cloud = (name: ImageName): Recipe => ({
  name: 'cloud',
  kernel: 'linux',
  loader: 'systemd-boot',
  authorities: 'ca-certificates',
  cmdline: `${CMDLINE} ${VIRTUAL_TIMER}`,
  programs: PROGRAMS,
  modules: [
    {
      name: 'loop',
      load: 'initramfs',
      why: 'The root image lies in the initramfs as a file; only a loop device makes it a disk.',
    },
    { name: 'squashfs', load: 'initramfs', why: 'The root image is a squashfs.' },
    {
      name: 'overlay',
      load: 'initramfs',
      why: '/etc and /opt are overlays over the read-only root, and containers are made of overlays.',
    },
    { name: 'virtio_blk', load: 'boot', why: "The machine's disks." },
    { name: 'virtio_net', load: 'boot', why: "The machine's network." },
    {
      name: 'virtio_rng',
      load: 'boot',
      why: 'Randomness from the host, so that keys made in the first second are good.',
    },
    { name: 'qemu_fw_cfg', load: 'boot', why: 'The machine config comes through it.' },
    { name: 'evdev', load: 'boot', why: 'Gives init the input device on which the power button is heard.' },
    { name: 'button', load: 'boot', why: 'Tells init of a press of the power button.' },
    {
      name: 'br_netfilter',
      load: 'ask',
      why: 'Lets bridged pod traffic pass the packet filter, as every CNI plugin expects.',
    },
    { name: 'ahci', load: 'device', why: 'Disks and CD-ROM drives of a q35 machine.' },
    { name: 'ata_piix', load: 'device', why: 'CD-ROM drives of a pc machine, where libvirt puts seeds.' },
    {
      name: 'virtio_scsi',
      load: 'device',
      why: 'Disks and CD-ROM drives of Google Cloud, Proxmox and KubeVirt.',
    },
    { name: 'sd_mod', load: 'device', why: 'A disk behind any of the three above.' },
    { name: 'sr_mod', load: 'device', why: 'A CD-ROM drive behind any of them.' },
    { name: 'isofs', load: 'ask', why: 'A seed may be on an optical medium or an image of one.' },
    { name: 'udf', load: 'ask', why: "Azure's provisioning medium is one." },
    { name: 'vfat', load: 'ask', why: 'A seed may be on a vfat, and the slots of a boot disk are.' },
    { name: 'nls_cp437', load: 'ask', why: 'The names of files on a vfat.' },
    {
      name: 'efivarfs',
      load: 'early',
      only: 'uefi',
      why: 'The firmware tells through it which disk and which image the machine was started from.',
    },
    {
      name: 'softdog',
      load: 'early',
      why: 'The watchdog of a machine that has none of its own.',
    },
    { name: 'veth', load: 'ask', why: "The two ends of a pod's network." },
    ...WORKLOAD_MODULES,
    ...HYPERVISOR_MODULES,
  ],
  files: [
    text(
      '/bin/keel-init',
      '',
      'Mount point of PID 1, which lies in the initramfs; by other names the tools below.',
    ),
    link('/bin/mount', 'keel-init', 'The kubelet runs `mount` for every volume that is a tmpfs.'),
    link('/bin/umount', 'keel-init', 'The kubelet runs `umount` for such volumes, and once at its start.'),
    link('/bin/modprobe', 'keel-init', 'The kernel runs /sbin/modprobe when it misses a module.'),
    link('/sbin', 'bin', 'The kernel has /sbin/modprobe built in as the name of its module loader.'),
    program('containerd', 'containerd', 'Runs containers for the kubelet.'),
    link('/bin/ctr', 'containerd', 'Imports the container images that the root carries.'),
    program(
      'containerd',
      'containerd-shim-runc-v2',
      "A pod's containers live below it and survive a restart of containerd.",
    ),
    program('runc', 'runc', 'Makes one container, by order of the shim.'),
    program('kubelet', 'kubelet', 'The node agent, and by another name kubeadm; both unmodified.'),
    link('/bin/kubeadm', 'kubelet', 'Joins the node to its cluster.'),
    link('/bin/losetup', 'keel-init', 'kubeadm joins nothing without it, and block volumes need it.'),
    link('/bin/cp', 'keel-init', 'kubeadm joins nothing without it.'),
    program('e2fsprogs', 'mke2fs', 'Makes the ext4 file systems of an empty disk.'),
    program('cni', 'bridge', 'The network of `cni: bridge`.', '/opt/cni/bin/bridge'),
    program('cni', 'host-local', 'Gives each pod of that network its address.', '/opt/cni/bin/host-local'),
    program('cni', 'portmap', 'Leads host ports to pods of that network.', '/opt/cni/bin/portmap'),
    program('iptables', 'iptables', "portmap's rules of the packet filter."),
    link('/bin/ip6tables', 'iptables', 'The same for IPv6.'),
    text(
      '/etc/passwd',
      'root:x:0:0:root:/:\n',
      'The kubelet looks up its user and does not start without the file.',
    ),
    text(
      '/etc/os-release',
      osRelease(name),
      'The kubelet reports PRETTY_NAME as the operating system of the node, and init looks here for the versions of the image and of the kubelet.',
    ),
    text(
      '/etc/containerd/config.toml',
      CONTAINERD_CONFIG,
      "containerd's settings: our pause image, our CNI folders.",
    ),
    link('/usr/lib', '../lib', 'Programs look for kernel modules and data under both names.'),
    dir('/dev', 'Mount point.'),
    dir('/proc', 'Mount point.'),
    dir('/sys', 'Mount point.'),
    dir('/run', 'Mount point.'),
    dir('/tmp', 'Mount point.', 0o1777),
    dir('/var', 'Mount point.'),
    dir('/keel/state', 'Mount point of KEEL-STATE.'),
    dir('/keel/data', 'Mount point of KEEL-DATA.'),
    dir('/etc/kubernetes', 'Mount point: static pods and identity, persisted or not.'),
    dir('/etc/cni/net.d', 'Where containerd looks for a network.'),
    link(
      '/usr/libexec/kubernetes/kubelet-plugins/volume/exec',
      '../../../../../var/lib/kubelet/volumeplugins',
      'Installers of volume plugins write to the folder that the kubelet has by default.',
    ),
    {
      path: '/etc/ssl/certs/ca-certificates.crt',
      mode: 0o644,
      from: { step: 'ca-certificates', folder: 'usr/share/ca-certificates/mozilla' },
      why: 'Whom init trusts when it fetches a config by https, and containerd when it pulls an image.',
    },
  ],
  images: [
    {
      name: PAUSE_IMAGE,
      workload: 'pause',
      path: '/lib/keel/images/pause.tar',
      why: "Holds a pod's namespaces.",
    },
    {
      name: 'keel.local/demo:1',
      workload: 'demo',
      path: '/lib/keel/images/demo.tar',
      why: "The demo's pod.",
    },
  ],
  pinnedImage: PAUSE_IMAGE,
})
