/** What the kubelet of each minor takes, and which other minors know what one of them does not. */
import {
  featureGates,
  kubeletFlags,
  kubernetesTypes,
  otherKubelets,
} from '../../../schema/generated/kubernetes.ts'
import { KUBERNETES_VERSIONS } from '../../../schema/generated/kubernetes-versions.ts'
import type { FeatureGate, KubeletDifference, ValueShape } from '../../../schema/shape.ts'
import { mergePatch } from '../../json.ts'
import type { IsWhole } from '../../recover/broken.ts'

/** By name. */
type Known<T> = Readonly<Record<string, T>>

/** The minor of a version, which may be one itself: that of `1.37.2` is `1.37`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

/** The minors of Kubernetes that images can have, the newest first. */
export const MINORS_OF_KUBERNETES: readonly string[] = KUBERNETES_VERSIONS.map(minorOf)

/** The minor of a version, or the default one where images have no such. */
export function knownMinor(version: string | undefined): string {
  const minor = minorOf(version ?? '')
  return MINORS_OF_KUBERNETES.includes(minor) ? minor : (MINORS_OF_KUBERNETES[0] ?? '')
}

/** Whether it is certain which kubelet a config is for: what its version would decide is not checked where that is wrong itself. */
export const isMinorCertain = (version: string | undefined, isWhole: IsWhole): boolean =>
  isWhole(['kubernetes', 'version']) && (version === undefined || minorOf(version) === knownMinor(version))

/** Types of a minor, by name. */
export const typesOf = perMinor<ValueShape>(kubernetesTypes, 'definitions')
/** Feature gates of a minor, by name. */
export const featureGatesOf = perMinor<FeatureGate>(featureGates, 'featureGates')
/** Flags of a minor, by name and without dashes. */
export const flagsOf = perMinor<ValueShape>(kubeletFlags, 'flags')

function perMinor<T>(ofDefault: () => Known<T>, part: keyof KubeletDifference): (minor: string) => Known<T> {
  const made = new Map<string, Known<T>>()
  return minor => {
    const other = otherKubelets[minor]
    const known =
      made.get(minor) ??
      (other === undefined ? ofDefault() : (mergePatch(ofDefault(), other()[part] ?? {}) as Known<T>))
    made.set(minor, known)
    return known
  }
}

/** Where a minor does not have something that another one has: since when, or until when. */
export function otherMinors(minor: string, has: (minor: string) => boolean): string | undefined {
  const at = MINORS_OF_KUBERNETES.indexOf(minor)
  const newer = MINORS_OF_KUBERNETES.slice(0, at).findLast(has)
  if (newer !== undefined) return `Kubernetes has it since ${newer}`
  const older = MINORS_OF_KUBERNETES.slice(at + 1).find(has)
  return older === undefined ? undefined : `Kubernetes had it up to ${older}`
}
