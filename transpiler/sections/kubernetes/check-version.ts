/** kubernetes.version: a version that images can have, and that upstream still fixes. */
import { KUBERNETES_VERSIONS } from '../../../schema/generated/kubernetes-versions.ts'
import { KUBERNETES_LINES } from '../../../schema/kubernetes-lines.ts'
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { FullConfig } from '../full-config.ts'
import { MINORS_OF_KUBERNETES, minorOf } from './known.ts'

const AT: Path = ['kubernetes', 'version']

export function checkVersion({ kubernetes: { role, version } }: FullConfig, report: Report): void {
  if (version === undefined || role === 'none') return
  const isKnown = [...MINORS_OF_KUBERNETES, ...KUBERNETES_VERSIONS].includes(version)
  if (!isKnown) report.add('kubernetes-version-unknown', AT, { version, better: betterThan(version) })
  const line = KUBERNETES_LINES.find(({ minor }) => minor === minorOf(version))
  if (isKnown && line?.hasEnded) report.add('kubernetes-version-ended', AT, line)
}

/** The same without `v` or words behind it, and else the version of its minor. Of a minor that no image has, nobody knows what is meant. */
function betterThan(version: string): string | undefined {
  const [, minor = ''] = /^v?(\d+\.\d+)(\.|-|\+|$)/i.exec(version) ?? []
  return MINORS_OF_KUBERNETES.includes(minor) ? minor : undefined
}
