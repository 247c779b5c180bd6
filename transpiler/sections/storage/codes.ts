/** storage: what can be wrong. */
import { choice, code, error, meant, warning, write } from '../../diag/define.ts'

/** By which a disk is selected. */
interface Fact {
  readonly field: string
  readonly value: string
  readonly why: string
  readonly better: string | undefined
}

export const STORAGE_CODES = {
  'storage-base64-invalid': error(
    () => 'this is not base64 with padding',
    () => 'make it with base64 -w0, or name the file by local',
  ),
  'storage-contents-choice': error<{ given: readonly string[] }>(
    a => choice('contents', a.given, ['inline', 'local', 'base64']),
    () => 'give exactly one of them',
  ),
  'storage-boot-disk-wiped': error<Record<string, never>>(
    () => 'the disk that the machine boots from cannot be wiped',
    () => "remove wipe: the node's partitions come after those of the disk image",
  ),
  'storage-duplicate-label': error<{ label: string }>(
    a => `there is already a partition ${code(a.label)}`,
    () => 'labels are unique over all disks, because partitions are found by them',
    'init finds a partition again by its label, at every boot and on whichever disk. Two partitions with one label could not be distinguished.',
  ),
  'storage-duplicate-match': error(
    () => 'another disk has the same `match`',
    () => 'a match must fit exactly one disk',
  ),
  'storage-duplicate-mount': error<{ mountPath: string }>(
    a => `another filesystem is mounted at ${code(a.mountPath)}`,
  ),
  'storage-duplicate-option': error<{ option: string }>(
    a => `the mount option ${code(a.option)} is listed twice`,
  ),
  'storage-duplicate-path': error<{ path: string }>(
    a => `the path ${code(a.path)} is already used`,
    () => 'directories, files, links, persisted paths and mounts share one tree',
  ),
  'storage-keel-filesystem': error<{ partition: string }>(
    a => `${code(a.partition)} already has its filesystem`,
    () => 'remove this entry; keep paths on it by storage.persist',
    'KEEL-STATE is mounted at /keel/state and KEEL-DATA at /keel/data, both ext4 with noatime. Paths are kept on them by storage.persist.',
  ),
  'storage-label-reserved': error<{ label: string; nearest: string | undefined }>(
    a => `the label ${code(a.label)} is reserved for Keel`,
    a =>
      meant(a.nearest) ??
      'only KEEL-STATE and KEEL-DATA can be used; choose another name for other partitions',
  ),
  'storage-link-target': error<{ path: string; isItself: boolean }>(a =>
    a.isItself
      ? `the link ${code(a.path)} points at itself`
      : `the target of the link ${code(a.path)} contains a NUL`,
  ),
  'storage-match-doubtful': warning<Fact>(
    a => `few disks have the ${a.field} ${code(a.value)}: ${a.why}`,
    a => a.better && `write ${code(a.better)} if keel-init observe shows that`,
  ),
  'storage-match-form': error<Fact>(
    a => `no disk has the ${a.field} ${code(a.value)}: ${a.why}`,
    a => write(a.better) ?? 'keel-init observe prints what the disks of a machine report',
    'init compares with what the kernel reports in /sys/block: wwid begins with naa., eui., nvme. or t10., in lower case. lsblk, udev and /dev/disk/by-id write the same identifiers in other forms.',
  ),
  'storage-match-sizes': error<{ minSize: string; maxSize: string }>(
    a => `no disk has at least ${a.minSize} and at most ${a.maxSize}`,
  ),
  'storage-min-size-alone': error<{ size: string }>(
    a => `\`minSize\` has no effect with the size ${code(a.size)}`,
    () => 'it goes with size: rest',
  ),
  'storage-mode': error<{ mode: string; typed: string | undefined; converted: string | undefined }>(
    a => `the mode ${code(a.mode)} is not octal with a leading zero`,
    a => {
      if (a.converted === undefined) return write(a.typed) ?? 'write it like 0644'
      const converted = `${code(a.converted)} if a tool converted it to decimal`
      return a.typed === undefined
        ? `write ${converted}`
        : `write ${code(a.typed)} if these are octal digits, ${converted}`
    },
    'In YAML 0644 and 644 are two numbers, and tools disagree about what the first one is. Keel reads the mode as written: it must be octal and start with a zero.',
  ),
  'storage-parent-not-directory': error<{ path: string; parent: string; kind: string }>(
    a => `${code(a.path)} cannot be below ${code(a.parent)}, which is a ${a.kind}`,
  ),
  'storage-partition-too-small': error<{ label: string; size: string }>(
    a => `${code(a.size)} is too small for the filesystem of ${code(a.label)} (at least 8MiB)`,
  ),
  'storage-partition-without-filesystem': error<{ partition: string }>(
    a => `the partition ${code(a.partition)} has no filesystem to keep a path on`,
    a => `add ${code(a.partition)} to storage.filesystems`,
  ),
  'storage-partitions-too-large': error<{ maxSize: string; mebibytes: number }>(
    a => `the partitions need ${a.mebibytes}MiB, and the disk has at most ${a.maxSize}`,
  ),
  'storage-persist-covers-mount': error<{ path: string; mountPath: string }>(
    a => `persisting ${code(a.path)} would hide the filesystem mounted at ${code(a.mountPath)}`,
    () => 'files on that filesystem survive a reboot anyway',
    'init mounts all filesystems first and then binds persisted paths. A persisted path over a mounted filesystem would hide it.',
  ),
  'storage-persist-nested': warning<{ path: string; outer: string; partition: string }>(
    a => `${code(a.path)} is already kept on ${code(a.partition)} with ${code(a.outer)}`,
    () => 'remove it, or set its mode and owner by storage.directories',
  ),
  'storage-persist-without-partition': error<{ path: string }>(
    a => `there is no partition to keep ${code(a.path)} on`,
    () => 'add a partition KEEL-DATA to storage.disks, or name another with a filesystem',
  ),
  'storage-rest-not-last': error(
    () => 'only the last partition of a disk can have the size `rest`',
    () => 'move it to the end, or give it a size',
  ),
  'storage-script-carriage-return': warning<{ path: string; program: string }>(
    a =>
      `the first line of the script ${code(a.path)} ends with a carriage return, so ${code(`${a.program}\\r`)} is run, which does not exist`,
    () => 'save the script with Unix line endings (LF)',
  ),
  'storage-second-filesystem': error<{ partition: string }>(
    a => `the partition ${code(a.partition)} already has a filesystem`,
    undefined,
    'A partition holds one filesystem; a second entry for it would contradict the first.',
  ),
  'storage-secret-readable': warning<{ path: string }>(
    a => `${code(a.path)} contains a private key that others on the node can read`,
    () => 'set mode: 0600',
  ),
  'storage-size-unaligned': error<{ size: string }>(
    a => `${code(a.size)} is not a multiple of 1MiB`,
    () => 'partitions are aligned to 1MiB',
  ),
  'storage-size-too-large': error<{ size: string }>(a => `${code(a.size)} is larger than any disk`),
  'storage-type-reserved': error<{ label: string }>(
    a => `the partition ${code(a.label)} cannot have this type`,
    () => 'remove type: KEEL-STATE and KEEL-DATA have their own, and others cannot have those',
  ),
  'storage-type-zero': error(
    () => 'a partition cannot have the type GUID of zeros',
    () => 'that GUID marks an unused entry of the table; remove type',
  ),
  'storage-unknown-partition': error<{ label: string; nearest: string | undefined }>(
    a => `no disk of this config has a partition ${code(a.label)}`,
    a => meant(a.nearest) ?? 'add it to storage.disks',
  ),
} as const
