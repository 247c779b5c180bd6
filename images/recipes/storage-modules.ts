import type { ModuleRow } from '../recipe.ts'
import { asked } from './asked.ts'

/**
 * What storage drivers ask for. Missing on purpose: device mapper targets that only tests of filesystems use (dm-flakey,
 * dm-log-writes), and what docs/images.md lists with its size.
 */
export const STORAGE_MODULES: readonly ModuleRow[] = [
  ...asked('Volumes of NFS servers.', 'nfs', 'nfsv3', 'nfsv4'),
  ...asked(
    'NFS servers that send clients to others for the data.',
    'nfs_layout_flexfiles',
    'nfs_layout_nfsv41_files',
  ),
  ...asked('Volumes of iSCSI targets.', 'iscsi_tcp'),
  ...asked('Volumes of NVMe targets in the network.', 'nvme_tcp'),
  ...asked('Block volumes of Ceph.', 'rbd'),
  ...asked('Filesystem volumes of Ceph.', 'ceph'),
  ...asked('Block volumes of a program on the node or elsewhere.', 'nbd'),
  ...asked('Filesystems of volumes.', 'btrfs', 'xfs'),
  ...asked('Swap in compressed memory.', 'zram'),
  ...asked('The device mapper, under logical volumes, encryption and multipath.', 'dm_mod'),
  ...asked('Encrypted volumes.', 'aesni_intel', 'dm_crypt', 'essiv', 'xts'),
  ...asked('Volumes and images that are checked as they are read.', 'dm_integrity', 'dm_verity'),
  ...asked('Snapshots and thin volumes of LVM, of TopoLVM for example.', 'dm_snapshot', 'dm_thin_pool'),
  ...asked(
    'Logical volumes on several disks.',
    'dm_log_userspace',
    'dm_mirror',
    'dm_raid',
    'dm_unstripe',
    'raid0',
    'raid1',
    'raid10',
  ),
  ...asked(
    'Volumes that are reached on several ways.',
    'dm_multipath',
    'dm_queue_length',
    'dm_round_robin',
    'dm_service_time',
    'dm_switch',
  ),
  ...asked('A fast disk in front of a slow one.', 'dm_cache', 'dm_cache_smq', 'dm_writecache'),
  ...asked('Volumes without what is the same twice.', 'dm_vdo'),
  ...asked('Other kinds of logical volumes.', 'dm_delay', 'dm_era', 'dm_zero', 'dm_zoned'),
]
