/** A sentence or two for `keelctl explain` on codes whose message and hint leave a why open. */
import type { Code } from './catalog.ts'

export const ABOUT: Readonly<Partial<Record<Code, string>>> = {
  'duration-range':
    'init has bounds for each time, so that a boot neither gives up at once nor waits for days.',
  'kubernetes-ca-hash':
    'The hash is made of the public key of the CA certificate and not of the whole certificate: a renewed certificate with the same key keeps its hash. It is no secret.',
  'kubernetes-discovery-file':
    'kubeadm join reads it on the node, where no other file of your workstation is: what it names by path is not there, so certificates are in it as data.',
  'kubernetes-join-unpinned':
    'kubeadm can skip this check; Keel does not offer that. A worker would hand its token to whoever answers first, and run what that one tells it to run.',
  'kubernetes-kubelet-arg-owned':
    'These flags are how init, kubeadm and the kubelet find each other. Most have a key of their own in the node config.',
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
  'kubernetes-pod-without-network':
    'With cni: none Keel brings no pod network, so only pods with hostNetwork start. That is right where something else (Flannel, Calico, a static pod of your own) puts its files into /etc/cni/net.d.',
  'path-read-only':
    'The root of a node is a read-only image in RAM. /etc and /opt are writable layers over it, /var, /run and /tmp are RAM, and everything in them is gone after a reboot unless storage.persist keeps it.',
  'source-foreign':
    'Keel recognises configs of other tools by their first line or their keys. It never guesses at what they mean.',
  'source-second-document':
    'A second document would be either silently ignored or silently merged. Several files can be given instead; they are joined in order: maps deep, later values win, lists one after the other, null removes.',
  'storage-duplicate-label':
    'init finds a partition again by its label, at every boot and on whichever disk. Two with one label could not be told apart.',
  'storage-keel-filesystem':
    'KEEL-STATE is mounted at /keel/state and KEEL-DATA at /keel/data, both ext4 with noatime. Paths are kept on them by storage.persist.',
  'storage-mode':
    'In YAML 0644 and 644 are two numbers, and tools disagree about what the first one is. Keel reads a mode from what is written: it must be octal and start with a zero.',
  'storage-persist-covers-mount':
    'init mounts all filesystems first and then binds persisted paths. A persisted path over a mounted filesystem would hide it.',
  'storage-second-filesystem':
    'A partition holds one filesystem; a second entry for it would contradict the first.',
  'yaml-alias-bomb':
    'Aliases of aliases can stand for billions of values in a few lines. Keel counts what they stand for and stops.',
  'yaml-duplicate-key':
    'YAML forbids the same key twice in a map; tools that allow it silently drop one of the two.',
  'yaml-version':
    'Earlier versions of YAML read words such as yes and no as true and false. A node config is always YAML 1.2.',
}
