/**
 * The minors of Kubernetes that images can have, and until when upstream fixes each: the project's own table of patch releases,
 * https://kubernetes.io/releases/. A minor gets fixes for 14 months. What each takes is in `schema/kubernetes/v1.json`.
 */

/** One minor. */
export interface KubernetesLine {
  readonly minor: string
  /** The day after which upstream makes no more patches of it. */
  readonly endOfLife: string
  /** Whether that day was past when this keelctl was made: the transpiler asks no clock. */
  readonly hasEnded?: true
}

/** The default comes first. */
export const KUBERNETES_LINES: readonly KubernetesLine[] = [
  { minor: '1.37', endOfLife: '2027-10-28' },
  { minor: '1.36', endOfLife: '2027-06-28' },
  { minor: '1.35', endOfLife: '2027-02-28' },
  { minor: '1.34', endOfLife: '2026-10-27', hasEnded: true },
]
