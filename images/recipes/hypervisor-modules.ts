import type { ModuleRow } from '../recipe.ts'

/** A driver that waits for its device, on machines that QEMU does not play in the traced boot (docs/adr/0022). */
export const driver = (name: string, why: string): ModuleRow => ({
  name,
  load: 'device',
  only: 'hardware',
  why,
})

/**
 * Network and disks of the large clouds, of Xen and of VMware, and the watchdog of QEMU, as far as the distribution's cloud kernel has
 * drivers for them; `images/hardware.json` has the devices. Missing on purpose: mlx4 and mlx5 for Azure's accelerated networking, which cost 0.9 MB and
 * whose traffic goes through hv_netvsc without them; hv_utils, which on the host's order to shut down turns the machine off before init
 * could stop the pods.
 */
export const HYPERVISOR_MODULES: readonly ModuleRow[] = [
  driver('ena', 'The network of EC2 instances on Nitro.'),
  driver('gve', "The network of Google Cloud's newer machines."),
  driver('hv_vmbus', 'The bus of Azure and Hyper-V, on which the devices of such a machine are.'),
  driver('hv_netvsc', 'The network of Azure and Hyper-V.'),
  driver('hv_storvsc', 'Disks and CD-ROM drives of Azure and Hyper-V.'),
  driver('pci_hyperv', 'PCI devices of Azure: NVMe disks and the adapters of accelerated networking.'),
  driver('mana', "Microsoft's own adapter for accelerated networking on Azure."),
  driver('xen_netfront', 'The network of Xen machines, older EC2 instances among them.'),
  driver('xen_blkfront', 'The disks of Xen machines, older EC2 instances among them.'),
  driver('vmxnet3', 'The network of VMware machines.'),
  driver('vmw_pvscsi', 'The disks of VMware machines.'),
  {
    ...driver('i6300esb', 'The watchdog of QEMU, libvirt and Proxmox; QEMU has it as `-device i6300esb`.'),
    load: 'early',
  },
]
