import type { ModuleRow, Recipe } from '../recipe.ts'
import { CMDLINE, cloud } from './cloud.ts'
import { driver } from './hypervisor-modules.ts'
import type { ImageName } from './os-release.ts'

const asked = (name: string, why: string, only?: 'hardware'): ModuleRow => ({
  name,
  load: 'ask',
  why,
  ...(only && { only }),
})

/** ext4 asks for it, by no name that a module list would show. */
const CHECKSUMS: ModuleRow = {
  name: 'crc32c_generic',
  load: 'boot',
  why: 'The checksums of ext4; the cloud kernel has them built in.',
}

/** What the cloud kernel has built in or has none of. */
const DRIVERS: readonly ModuleRow[] = [
  asked('ext4', 'The file systems of the node; the cloud kernel has it built in.'),
  driver('nvme', 'NVMe drives.'),
  driver('megaraid_sas', 'RAID controllers of Broadcom, which Dell calls PERC.'),
  driver('mpt3sas', 'SAS controllers of Broadcom.'),
  driver('smartpqi', 'Storage controllers of HPE and Adaptec.'),
  driver('hpsa', 'Older storage controllers of HPE.'),
  driver('aacraid', 'Older storage controllers of Adaptec.'),
  driver('mptspi', 'Disks of VMware machines, the kind `LSI Logic Parallel`.'),
  driver('mptsas', 'Disks of VMware machines, the kind `LSI Logic SAS`.'),
  driver('xhci_pci', 'USB controllers; a seed may be on a stick.'),
  driver('ehci_pci', 'Older USB controllers.'),
  driver('usb_storage', 'USB sticks and drives.'),
  driver('uas', 'Fast USB drives.'),
  driver('sdhci_pci', 'Controllers of SD cards and eMMC.'),
  driver('mmc_block', 'SD cards and eMMC as disks.'),
  driver('e1000', 'Intel network cards, the oldest still found; also of VMware and VirtualBox.'),
  driver('e1000e', 'Intel network cards on the board of a PC.'),
  driver('igb', 'Intel network cards of 1 Gbit/s.'),
  driver('igc', 'Intel network cards of 2.5 Gbit/s.'),
  driver('ixgbe', 'Intel network cards of 10 Gbit/s.'),
  driver('i40e', 'Intel network cards of 10 to 40 Gbit/s.'),
  driver('ice', 'Intel network cards of 25 to 200 Gbit/s.'),
  driver('bnxt_en', 'Broadcom network cards of 10 to 200 Gbit/s.'),
  driver('tg3', 'Broadcom network cards of 1 Gbit/s.'),
  driver('r8169', 'Realtek network cards.'),
  driver('mlx4_core', 'NVIDIA network cards, ConnectX-3.'),
  asked('mlx4_en', 'Ethernet on ConnectX-3, asked for by its core.', 'hardware'),
  driver('mlx5_core', 'NVIDIA network cards, ConnectX-4 and newer.'),
  driver('ixgbevf', 'The network of older EC2 instances whose image asks for enhanced networking.'),
  driver('idpf', "The network of Google Cloud's bare metal machines."),
  driver('lpc_ich', 'The bridge of older Intel chipsets, on which their watchdog is.'),
  driver('i2c_i801', 'The SMBus of newer Intel chipsets, on which their watchdog is.'),
  asked('iTCO_wdt', 'The watchdog of Intel chipsets, which one of the two above finds.', 'hardware'),
  driver('sp5100_tco', 'The watchdog of AMD chipsets.'),
  asked(
    'wdat_wdt',
    "The watchdog of the firmware's table WDAT; where there is one, the kernel gives iTCO_wdt no device.",
    'hardware',
  ),
  asked('bonding', 'Several network cards as one.', 'hardware'),
]

/**
 * A node on hardware: the distribution's generic kernel, the usual storage and network drivers, and all else as in `cloud`.
 * Each driver waits for its device. Firmware that a card loads from a file is not free and not in the image.
 */
export const metal = (name: ImageName): Recipe => {
  const base = cloud(name)
  const inherited = base.modules.map(row =>
    row.load === 'device' ? { ...row, only: 'hardware' as const } : row,
  )
  return {
    ...base,
    name: 'metal',
    cmdline: CMDLINE,
    kernel: 'linux-metal',
    modules: [CHECKSUMS, ...inherited, ...DRIVERS],
  }
}
