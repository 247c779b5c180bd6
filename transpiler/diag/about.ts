/** A sentence or two for `keelctl explain` on codes whose message and hint leave a why open. */
import type { Code } from './catalog.ts'

export const ABOUT: Readonly<Partial<Record<Code, string>>> = {
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
