/** What to do about each way in which init can fail; init-stub/src/failure.rs says the same on the console, and a test holds the two equal. */
import type { ErrorCode } from '../schema/generated/event.ts'

export const REMEDIES: Readonly<Record<ErrorCode, string>> = {
  'kernel-refused':
    "check that the image's kernel has what this step needs; the error number above says what it refused",
  'config-missing':
    'give the machine a machine config (fw_cfg opt/dev.keel/config, or keel.config.inline= on the kernel command line), or boot with keel.config.required=no',
  'config-unreadable':
    'render the machine config again with keelctl transpile; what arrived is damaged or cut short',
  'config-foreign': 'run keelctl transpile on the node config and hand over its output',
  'config-refused':
    "correct the node config at this place (keelctl explain finds its line) and transpile it again with a keelctl of the image's version",
  'config-too-large': 'keep large files out of the machine config; put them into an image instead',
  'parser-died':
    'the document is hostile or far too deep or large; hand over the unchanged output of keelctl transpile',
  'module-missing': 'take the module out of kernel.modules, or add it to the image',
  'module-refused': "check the module's name and that it was built for this kernel",
  'disk-not-found':
    'attach the disk, or correct its selector in storage.disks; the candidates are listed above',
  'disk-ambiguous': 'add facts to the selector (serial is best) until one disk matches',
  'disk-claimed-twice': 'make the two selectors name different disks',
  'disk-foreign': 'choose another disk, or say wipe: true once if its content may be lost',
  'disk-read-only': 'attach the disk writable',
  'disk-too-small': 'attach a larger disk or make the partitions smaller',
  'disk-io': 'check the disk and its cabling; the kernel log above says more',
  'partition-mismatch':
    'make the config agree with the partition on the disk, or empty the disk; Keel never resizes or replaces data by itself',
  'partition-foreign': 'move what is on that partition elsewhere, or say wipe: true for its disk',
  'filesystem-mismatch': 'make the config agree with the filesystem, or empty the partition',
  'filesystem-tool-failed': "check the disk; the tool's own words are above",
  'mount-failed': 'check the filesystem from another system; the kernel log above says more',
  'path-occupied': 'remove what is at that path, or choose another path in the config',
  'path-unwritable': 'choose a path on a writable filesystem, for example below /var or /etc',
  'sysctl-refused':
    'correct the name or the value in kernel.sysctl; a sysctl of a module needs that module in kernel.modules',
  'interface-not-found':
    'correct the name or the MAC address in network.interfaces; the interfaces of this machine are listed above',
  'network-refused':
    'check address, prefix, gateway and MTU of the interface; a gateway must be inside its prefix',
  'image-archive-missing': 'correct the path in kubernetes.images, or add the archive to the image',
  'image-import-failed':
    "check that the archive is an OCI or Docker image archive; containerd's words are above",
  'process-missing': 'the image is incomplete; build it again with keelctl image build',
  'process-not-ready': "give the machine more memory or CPU; the program's log under /var/log/keel says more",
  'process-crashed': 'read its last lines above; its log is under /var/log/keel',
  'unmount-failed': "nothing now; the filesystem's journal is replayed at the next boot",
  bug: 'this is a fault of Keel; report it with this block and the node config',
}
