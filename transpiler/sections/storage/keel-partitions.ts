/** Keel's own partitions: what they are on disk and what they keep. */
import { NAMES } from '../../../schema/names.ts'

export type KeelLabel = 'KEEL-STATE' | 'KEEL-DATA'

export const KEEL_PARTITIONS: Readonly<
  Record<KeelLabel, { readonly typeGuid: string; readonly mountPath: string }>
> = {
  'KEEL-STATE': { typeGuid: NAMES.stateType.name, mountPath: '/keel/state' },
  'KEEL-DATA': { typeGuid: NAMES.dataType.name, mountPath: '/keel/data' },
}

/** Type of an unfinished partition; never in a config. */
export const UNFINISHED_TYPE_GUID = NAMES.unfinishedType.name

/** Type of any other partition that says `linux`. */
export const LINUX_TYPE_GUID = '0fc63daf-8483-4772-8e79-3d69d8477de4'

/** A path that Keel persists without being asked, and where, if that partition exists. */
export interface KeelPersist {
  readonly path: string
  readonly label: KeelLabel
  readonly mode: string
  /** Only where a kubelet runs. */
  readonly forKubelet: boolean
}

const PERSISTS: readonly KeelPersist[] = [
  { path: '/etc/kubernetes', label: 'KEEL-STATE', mode: '0755', forKubelet: true },
  { path: '/var/lib/containerd', label: 'KEEL-DATA', mode: '0711', forKubelet: true },
  { path: '/var/lib/kubelet', label: 'KEEL-DATA', mode: '0750', forKubelet: true },
  { path: '/var/lib/kubelet/pki', label: 'KEEL-STATE', mode: '0700', forKubelet: true },
  { path: '/var/log', label: 'KEEL-DATA', mode: '0755', forKubelet: false },
]

export function keelPersists(runsKubelet: boolean): readonly KeelPersist[] {
  return PERSISTS.filter(({ forKubelet }) => runsKubelet || !forKubelet)
}
