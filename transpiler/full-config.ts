/** The node config with nothing left out: what the default passes make, and what checks and lowering read. */
import type { Path } from './path.ts'

/** Each item knows the place of the node config that it comes from; an implied one, the place that implies it. */
interface Item {
  readonly at: Path
}

export interface FullConfig {
  readonly hostname: FullHostname
  readonly kernel: FullKernel
  readonly network: FullNetwork
  readonly time: FullTime
  readonly storage: FullStorage
  readonly kubernetes: FullKubernetes
  /** Only with the role worker. */
  readonly worker: FullWorker | undefined
  readonly onFailure: FullOnFailure
}

export type FullHostname =
  | { readonly type: 'fixed'; readonly name: string }
  | { readonly type: 'discovered'; readonly from: readonly FullNameOrigin[] }

export interface FullNameOrigin extends Item {
  readonly from: 'metadata' | 'dhcp' | 'mac'
}

export interface FullKernel {
  readonly modules: readonly FullModule[]
  readonly sysctl: readonly FullSysctl[]
}

export interface FullModule extends Item {
  readonly name: string
}

export interface FullSysctl extends Item {
  readonly name: string
  readonly value: string
}

export interface FullNetwork {
  readonly interfaces: readonly FullInterface[]
  readonly nameservers: readonly FullNameserver[]
  readonly routeTimeout: string
}

export interface FullInterface extends Item {
  readonly name: string | undefined
  readonly mac: string | undefined
  readonly isAll: boolean
  /** With its prefix length. */
  readonly address: string | undefined
  readonly isDhcp: boolean
  readonly gateway: string | undefined
  readonly mtu: number | undefined
}

export interface FullNameserver extends Item {
  readonly address: string
}

export interface FullTime {
  readonly servers: readonly FullServer[]
  readonly timeout: string
}

export interface FullServer extends Item {
  readonly server: string
}

export interface FullStorage {
  readonly disks: readonly FullDisk[]
  readonly filesystems: readonly FullFilesystem[]
  readonly persist: readonly FullPersist[]
  readonly directories: readonly FullDirectory[]
  readonly files: readonly FullFile[]
  readonly links: readonly FullLink[]
}

export interface FullDisk extends Item {
  readonly match: FullDiskMatch
  readonly wipe: boolean
  readonly partitions: readonly FullPartition[]
}

export interface FullDiskMatch {
  readonly serial?: string
  readonly wwid?: string
  readonly model?: string
  readonly transport?: 'virtio' | 'nvme' | 'sata' | 'scsi' | 'usb' | 'mmc'
  readonly bootDisk?: boolean
  readonly minSize?: string
  readonly maxSize?: string
}

export interface FullPartition extends Item {
  readonly label: string
  /** A size with its unit, or `rest`. */
  readonly size: string
  readonly minSize: string
  readonly type: string
}

export interface FullFilesystem extends Item {
  readonly partition: string
  readonly format: 'ext4'
  readonly mountPath: string
  readonly mountOptions: readonly ('nodev' | 'nosuid' | 'noexec' | 'noatime' | 'ro')[]
  /** Whether Keel added it. */
  readonly isImplied: boolean
}

/** Permissions as written: text, or a number where the leading zero was forgotten. */
export type WrittenMode = string | number

interface Owned extends Item {
  readonly path: string
  readonly mode: WrittenMode
  readonly uid: number
  readonly gid: number
}

export interface FullPersist extends Owned {
  /** Empty when no partition can keep it, which is an error. */
  readonly partition: string
  readonly isImplied: boolean
}

export interface FullDirectory extends Owned {}

export interface FullFile extends Owned {
  readonly contents: FullContents
  readonly isImplied: boolean
}

/** Bytes that are UTF-8 text are always text, however they were written. */
export type FullContents = { readonly text: string } | { readonly base64: string }

export interface FullLink extends Item {
  readonly path: string
  readonly target: string
}

export interface FullKubernetes {
  readonly role: 'none' | 'standalone' | 'worker'
  /** Keys of this section that say something; one below another key with a dot. */
  readonly given: readonly string[]
  /** Absent: none. */
  readonly podCidr: string | undefined
  readonly images: readonly FullImage[]
  readonly staticPods: readonly FullStaticPod[]
  /** The whole KubeletConfiguration; with the role worker what is merged over the cluster's. */
  readonly kubeletConfig: JsonObject
  readonly kubeletPatch: FullKubeletPatch
  readonly shutdown: FullShutdown
}

export interface FullImage extends Item {
  readonly path: string
}

/** Of the KubeletConfiguration what the node config says. */
export interface FullKubeletPatch {
  readonly fields: JsonObject
  /** Fields that a fragment had and a later one removed by null, as JSON pointers into the node config. */
  readonly removed: ReadonlySet<string>
}

export interface FullStaticPod extends Item {
  /** Place of the pod's own values: below `pod`, or nothing when they are in a local file. */
  readonly inside: Path | undefined
  readonly pod: JsonObject
  /** The local file, and the line of it in which the value at a path of the pod is. */
  readonly file: { readonly name: string; readonly lineOf: (path: Path) => number } | undefined
}

export interface FullWorker {
  /** Absent: the host name. */
  readonly nodeName: string | undefined
  readonly labels: readonly FullLabel[]
  readonly taints: readonly FullTaint[]
  readonly extraArgs: readonly FullExtraArg[]
  readonly discovery: FullDiscovery
  readonly join: FullJoin
}

export interface FullLabel extends Item {
  readonly name: string
  readonly value: string
}

export interface FullTaint extends Item {
  readonly key: string
  readonly value: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

export interface FullExtraArg extends Item {
  readonly name: string
  readonly value: string
}

/** As written: which of the two ways it is, and whether it is complete, is checked later. */
export interface FullDiscovery {
  readonly endpoint: string | undefined
  readonly token: string | undefined
  readonly caCertHashes: readonly FullHash[]
  /** The discovery file. Without text it could not be read, which is reported. */
  readonly file: { readonly text: string | undefined } | undefined
}

export interface FullHash extends Item {
  readonly hash: string
}

export interface FullJoin {
  readonly discoveryTimeout: string
  readonly kubeletTimeout: string
  readonly retryDelay: string
  readonly maxRetryDelay: string
}

export interface FullShutdown {
  readonly gracePeriod: string
  readonly criticalPodsGracePeriod: string
}

export type FullOnFailure =
  | { readonly action: 'halt' }
  | { readonly action: 'reboot'; readonly delay: string; readonly maxDelay: string }

/** Kubernetes' own objects, which Keel does not take apart further than it must. */
export type JsonObject = { readonly [key: string]: unknown }
