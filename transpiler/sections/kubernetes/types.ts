/** kubernetes with nothing left out. */
import type { HttpProxy, Join, Shutdown, TaintMap } from '../../../schema/generated/node.ts'
import type { JsonObject } from '../../json.ts'
import type { Path } from '../../path.ts'
import type { Prefix } from '../../rules/ip.ts'
import type { Placed } from '../filled.ts'
import type { Item } from '../item.ts'
import type { FullRegistry } from '../registries.ts'

export interface FullKubernetes {
  readonly role: 'none' | 'standalone' | 'worker'
  /** As written. Absent: any that the image has. */
  readonly version: string | undefined
  /** The minor whose kubelet the config is checked for. */
  readonly minor: string
  /** Keys of this section that say something; one below another key with a dot. */
  readonly given: readonly string[]
  /** Absent: none. */
  readonly podCidrs: readonly FullPrefix[] | undefined
  readonly images: readonly FullImage[]
  /** Absent: the one of the root. */
  readonly pauseImage: string | undefined
  readonly registries: readonly FullRegistry[]
  /** Absent: none. */
  readonly proxy: FullProxy | undefined
  readonly staticPods: readonly FullStaticPod[]
  /** The whole KubeletConfiguration; with the role worker what is merged over the cluster's. */
  readonly kubeletConfig: JsonObject
  readonly kubeletPatch: FullKubeletPatch
  readonly shutdown: FullShutdown
  /** Only with the role worker. */
  readonly worker: FullWorker | undefined
}

/** A text of a network; without a prefix it is none. */
export interface FullPrefix extends Item {
  readonly text: string
  readonly prefix: Prefix | undefined
}

export interface FullImage extends Item {
  readonly path: string
}

export interface FullProxy extends Omit<Placed<HttpProxy>, 'noProxy'> {
  readonly noProxy: readonly FullNoProxy[]
}

/** What is reached without a proxy. */
export interface FullNoProxy extends Item {
  readonly host: string
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
  /** Networks of which the node has its address in the cluster. Absent: the kubelet chooses. */
  readonly nodeSubnets: readonly FullPrefix[] | undefined
  readonly labels: readonly FullLabel[]
  readonly labelsFromPlatform: boolean
  readonly taints: readonly FullTaint[]
  readonly extraArgs: readonly FullExtraArg[]
  readonly discovery: FullDiscovery
  readonly join: FullJoin
}

export interface FullLabel extends Item {
  readonly name: string
  readonly value: string
}

export interface FullTaint extends Placed<TaintMap> {}

export interface FullExtraArg extends Item {
  readonly name: string
  readonly value: string
}

/** As written: which of the two ways it is, and whether it is complete, is checked later. */
export interface FullDiscovery {
  /** The keys of `join` that the node config has, even if their values break the schema. */
  readonly given: readonly string[]
  readonly endpoint: string | undefined
  readonly token: string | undefined
  readonly caCertHashes: readonly FullHash[]
  /** The discovery file. Without text it could not be read, which is reported. */
  readonly file: { readonly text: string | undefined } | undefined
}

export interface FullHash extends Item {
  readonly hash: string
}

/** Its times; the rest of it is in `FullDiscovery`. */
export interface FullJoin
  extends Pick<Placed<Join>, 'at' | 'discoveryTimeout' | 'kubeletTimeout' | 'retryDelay' | 'maxRetryDelay'> {}

export interface FullShutdown extends Placed<Shutdown> {}
