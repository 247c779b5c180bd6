/** What to do about each way in which init can fail; init-stub/src/pid1/remedy.rs says the same on the console, and a test holds the two equal. */
import type { ErrorCode } from '../schema/generated/event.ts'

export const REMEDIES: Readonly<Record<ErrorCode, string>> = {
  'kernel-refused':
    "check that the image's kernel has what this step needs; the error number above says what it refused",
  'config-missing':
    'give the machine a machine config in one of the places above, or boot with keel.config.required=no',
  'config-unreadable':
    'render the machine config again with keelctl transpile; what arrived is damaged or cut short',
  'config-foreign': 'run keelctl transpile on the node config and hand over its output',
  'config-refused':
    "correct the node config at this place (keelctl explain finds its line) and transpile it again with a keelctl of the image's version",
  'config-too-large': 'keep large files out of the machine config; put them into an image instead',
  'config-digest-mismatch':
    "make keel.config.sha256= the digest of the machine config (sha256sum of keelctl's output), or find out who changed the document on its way",
  'sources-disagree': 'remove one of the two machine configs, or make them equal',
  'cmdline-invalid': 'correct the value on the kernel command line',
  'source-ambiguous': 'detach one of the two, or give it another label',
  'source-unreadable': 'make the medium again and check that the file is on it under its exact name',
  'source-unreachable':
    "check that the address answers from this machine's network; init tries again by itself",
  'source-refused': 'check the address and what the server says about it; the answer is above',
  'tls-refused':
    "check the server's certificate, give its CA with keel.config.ca=, and check the machine's clock",
  'platform-unknown': 'correct keel.platform= to one of the platforms listed above, or remove it',
  'platform-report-failed':
    "let the machine reach the platform's server over http; init tries again by itself, and the platform may take the machine for failed meanwhile",
  'state-foreign':
    'if this disk is a copy, delete all files on its KEEL-STATE from another system: the machine then becomes a node of its own; if it is the same machine with a new mainboard, boot it once with keel.state.accept= and the machine named above on the kernel command line',
  'parser-crashed':
    'the document is hostile or far too deep or large; hand over the unchanged output of keelctl transpile',
  'module-missing': 'take the module out of kernel.modules, or add it to the image',
  'module-refused': "check the module's name and that it was built for this kernel",
  'disk-not-found':
    'attach the disk, or correct its selector in storage.disks; the candidates are listed above; if the image lacks a driver, build it with the recipe metal or add the module to it',
  'disk-ambiguous': 'add facts to the selector (serial is best) until one disk matches',
  'disk-claimed-twice': 'make the two selectors name different disks',
  'disk-foreign': 'choose another disk, or say wipe: true once if all that is listed above may be lost',
  'disk-read-only': 'attach the disk writable',
  'disk-too-small':
    'attach a larger disk (one that was cut short can be enlarged again), or make the partitions smaller',
  'disk-io': 'check the disk and its cabling; the kernel log above says more',
  'partition-mismatch':
    'make the config agree with what is on the disk, or empty the disk if that may be lost; Keel never resizes, adds to or replaces what it did not make',
  'partition-foreign':
    'move what is on that partition elsewhere, then delete the partition from another system, so that it is made anew',
  'filesystem-mismatch': 'make the config agree with the filesystem, or empty the partition',
  'filesystem-tool-failed': "check the disk; the tool's own words are above",
  'mount-failed': 'check the filesystem from another system; the kernel log above says more',
  'path-occupied': 'remove what is at that path, or choose another path in the config',
  'path-unwritable': 'choose a path on a writable filesystem, for example below /var or /etc',
  'sysctl-refused':
    'correct the name or the value in kernel.sysctl; a sysctl of a module needs that module in kernel.modules',
  'interface-not-found':
    'correct the name or the MAC address in network.interfaces; the interfaces of this machine are listed above',
  'interface-claimed-twice':
    'remove one of the two entries; an interface has a name and a MAC address, and either of them names it',
  'network-refused':
    'check address, prefix, gateway and MTU of the interface; a gateway must be inside its prefix',
  'dhcp-timeout': 'check the cable, the VLAN and the DHCP server; init goes on asking',
  'hostname-missing':
    'give the machine a host name in one of the places above, or a fixed one in hostname; mac has one on every machine with an Ethernet card',
  'hostname-refused':
    'correct the name at the DHCP server or the provider: labels of letters, digits and hyphens joined by dots',
  'clock-unset': 'check time.servers and that UDP port 123 is open; init goes on asking',
  'image-archive-missing': 'correct the path in kubernetes.images, or add the archive to the image',
  'image-import-failed':
    "check that the archive is an OCI or Docker image archive; containerd's words are above",
  'process-missing': 'the image is incomplete; build it again with keelctl image build',
  'process-not-ready': "give the machine more memory or CPU; the program's log under /var/log/keel says more",
  'process-crashed': 'read its last lines above; its log is under /var/log/keel',
  'join-unreachable':
    'check kubernetes.join.endpoint, the network and that the API server runs; init tries again by itself',
  'join-endpoint-wrong':
    'check kubernetes.join.endpoint: it must be the API server of a cluster that kubeadm made, which has the ConfigMap cluster-info in kube-public (kubeadm init phase bootstrap-token makes it); init tries again by itself',
  'join-token-unknown':
    'make a new token (kubeadm token create), put it into kubernetes.join.token and transpile again; tokens live 24 hours unless told otherwise',
  'join-token-wrong':
    'check that kubernetes.join.endpoint is your cluster, because nothing has proved who answered; if it is, put the whole token as kubeadm token create printed it into kubernetes.join.token; init tries again by itself',
  'join-ca-mismatch':
    'check that the endpoint is your cluster; then put the hash of its CA (kubeadm token create --print-join-command shows it) into kubernetes.join.caCertHashes',
  'join-name-taken':
    'delete the old node (kubectl delete node) if this machine replaces it, or give this one another name; init tries again by itself',
  'join-clock-wrong': "set the machine's clock, or give it time.servers; init tries again by itself",
  'join-preflight-failed': 'mend what kubeadm names above; init tries again by itself',
  'join-kubelet-failed':
    "read the kubelet's log under /var/log/keel and check that the cluster approves and signs certificates; init tries again by itself",
  'join-failed': "read kubeadm's words above; init tries again by itself",
  'join-changed':
    "give the node its old name and cluster again; if its disk is a copy of another node's or it shall join anew, delete all files on KEEL-STATE from another system",
  'join-outdated':
    'kubeadm join sets these once: change labels and taints with kubectl, or delete the Node and empty KEEL-STATE so that the machine joins again with its machine config',
  'join-credentials-missing': 'give the machine its machine config with a living token again',
  'unmount-failed': "nothing now; the filesystem's journal is replayed at the next boot",
  bug: 'this is a fault of Keel; report it with this block and the node config',
}
