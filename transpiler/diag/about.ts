/** A sentence or two for `keelctl explain` on codes whose message and hint leave a why open. */
import type { Code } from './catalog.ts'

export const ABOUT: Readonly<Partial<Record<Code, string>>> = {
  'duration-range':
    'init has bounds for each time, so that a boot neither gives up at once nor waits for days.',
  'hostname-unusable':
    'init holds names from DHCP and metadata to the same rule. Every machine calls itself localhost, and a name that is an address would be taken for one.',
  'kubernetes-ca-hash':
    'The hash is made of the public key of the CA certificate and not of the whole certificate: a renewed certificate with the same key keeps its hash. It is no secret.',
  'kubernetes-discovery-file':
    'kubeadm join reads it on the node, where no other file of your workstation is: what it names by path is not there, so certificates are in it as data.',
  'kubernetes-endpoint-unreachable':
    'A worker tries for ever to join, so this is no error: the network may be changed. A name needs a name server, from network.nameservers or from a DHCP lease; an address needs a network of its own or a default route. A loopback address works once something on the node listens there, and before the join nothing does: pods start with the kubelet, and the kubelet starts with the join.',
  'kubernetes-join-unpinned':
    'kubeadm can skip this check; Keel does not offer that. A worker would hand its token to whoever answers first, and run what that one tells it to run.',
  'kubernetes-kubelet-arg-owned':
    'These flags are how init, kubeadm and the kubelet find each other. Most have a key of their own in the node config.',
  'kubernetes-kubelet-arg-value':
    'The kubelet ends at once when it cannot read a flag, and ignores an address of node-ip that it cannot read. What a flag takes is generated from the kubelet that Keel ships.',
  'kubernetes-kubelet-gate-locked':
    'A feature that every cluster can rely on keeps its gate for a few versions, locked to its value. The kubelet does not start when its configuration says something else.',
  'kubernetes-kubelet-gate-unknown':
    'Feature gates are removed a few versions after their feature is generally available. The kubelet does not start with one that it does not know.',
  'kubernetes-kubelet-key':
    'What can be a key here is generated from the kubelet that Keel ships; with another one it does not start.',
  'kubernetes-kubelet-null':
    'A key without a value is null, and in kubelet.config null removes a field that Keel, the cluster or an earlier file has set. Here none of them has set it.',
  'kubernetes-kubelet-type':
    'The kubelet ends at once when a field of its configuration has another type, so the node never becomes one. Types are generated from the KubeletConfiguration of the kubelet that Keel ships.',
  'kubernetes-kubelet-value':
    'What is possible is generated from the kubelet that Keel ships; with another value it does not start.',
  'kubernetes-kubelet-unknown':
    'The kubelet ignores a field that it does not know, and does not start with such a flag. It is only a warning, because the kubelet of your image may be another version.',
  'kubernetes-label-forbidden':
    'The cluster trusts labels of kubernetes.io and k8s.io, so nodes may not give themselves just any. A kubelet may set what is below kubelet.kubernetes.io and node.kubernetes.io, and kubernetes.io/hostname, kubernetes.io/arch, kubernetes.io/os, topology.kubernetes.io/region, topology.kubernetes.io/zone and their older names; labels of node-restriction.kubernetes.io never.',
  'kubernetes-worker-without-state':
    'A bootstrap token lives 24 hours unless told otherwise. A node that is switched on later cannot join with it any more, and one that lost its identity must.',
  'kubernetes-kubelet-fixed':
    'init executes the kubelet, waits for its health port and puts it into a control group of its own; with other values it would wait for ever.',
  'kubernetes-pod-needs-api':
    'A static pod comes from a file and not from an API server. The kubelet refuses one that refers to objects which only an API server holds.',
  'kubernetes-pod-key':
    'The kubelet refuses a static pod that asks for a resource which Kubernetes does not have. Resources of others, such as those of a device plugin, have a name with a slash.',
  'kubernetes-pod-missing-field':
    'The kubelet refuses a static pod without it, and a node without an API server has nobody to tell.',
  'kubernetes-pod-null':
    'A key without a value is null. Kubernetes takes null for a field as the field left out, and for the value of a label, an annotation or a selector as the empty string.',
  'kubernetes-pod-type':
    'The kubelet cannot read a static pod in which a value has another type, so the pod never starts. YAML takes 8080 and 1.5 as numbers and true as a boolean; in quotes they are strings. kubectl reads an older YAML, where yes, no, on and off are booleans too; here they are strings.',
  'kubernetes-pod-unknown-field':
    'The kubelet drops a field that it does not know without a word, and starts the pod without it, as if a probe or a security setting had not been written. kubectl refuses such a pod, and so does Keel. Fields are generated from the kubelet that Keel ships.',
  'kubernetes-pod-value':
    'The kubelet refuses a static pod with a value that Kubernetes does not have there, so the pod never starts. Possible values are generated from the kubelet that Keel ships.',
  'kubernetes-pod-without-network':
    'With cni: none Keel brings no pod network, so only pods with hostNetwork start. That is right where something else (Flannel, Calico, a static pod of your own) puts its files into /etc/cni/net.d.',
  'network-interface-renamed':
    'udev renames interfaces by slot or address (enp1s0, eno1). A node has no udev, so the names of the kernel stay: eth0, eth1. Their order may change with the hardware; the MAC address does not.',
  'network-interface-unmade':
    'Keel configures the interfaces that the machine has, and creates no bonds, VLANs, bridges or tunnels. The boot would wait for such an interface and then fail.',
  'network-nameserver-unusable':
    'On a workstation 127.0.0.53 is a resolver of systemd. A node has no resolver of its own, and pods would ask themselves.',
  'path-of-keel':
    'init, containerd, kubeadm and the kubelet write these files on the node. A file of yours would be overwritten, or be taken for one of theirs: with a config.yaml of yours the kubelet would run with other settings after the second boot.',
  'path-read-only':
    'The root of a node is a read-only image in RAM. /etc and /opt are writable layers over it, /var, /run and /tmp are RAM, and everything in them is gone after a reboot unless storage.persist keeps it.',
  'schema-key-without-value':
    'A key without a value is null, and null removes what an earlier file has under that key. Where there is nothing to remove it only looks as if it said something.',
  'source-foreign':
    'Keel recognises configs of other tools by their first line or their keys. It never guesses at what they mean.',
  'source-second-document':
    'A second document would be either silently ignored or silently merged. Several files can be given instead; they are joined in order: maps deep, later values win, lists one after the other, null removes.',
  'storage-duplicate-label':
    'init finds a partition again by its label, at every boot and on whichever disk. Two with one label could not be told apart.',
  'storage-keel-filesystem':
    'KEEL-STATE is mounted at /keel/state and KEEL-DATA at /keel/data, both ext4 with noatime. Paths are kept on them by storage.persist.',
  'storage-match-form':
    'init compares with what the kernel shows in /sys/block: wwid begins with naa., eui., nvme. or t10., in lower case. lsblk, udev and /dev/disk/by-id write the same identifiers in other forms.',
  'storage-mode':
    'In YAML 0644 and 644 are two numbers, and tools disagree about what the first one is. Keel reads a mode from what is written: it must be octal and start with a zero.',
  'storage-persist-covers-mount':
    'init mounts all filesystems first and then binds persisted paths. A persisted path over a mounted filesystem would hide it.',
  'storage-second-filesystem':
    'A partition holds one filesystem; a second entry for it would contradict the first.',
  'template-unfilled':
    'Keel fills in no templates. What a file of the node contains may have such text; names, addresses and paths may not.',
  'yaml-alias-bomb':
    'Aliases of aliases can stand for billions of values in a few lines. Keel counts what they stand for and stops.',
  'yaml-duplicate-key':
    'YAML forbids the same key twice in a map; tools that allow it silently drop one of the two.',
  'yaml-version':
    'Earlier versions of YAML read words such as yes and no as true and false. A node config is always YAML 1.2.',
}
