/** kubernetes with role worker: a name, a network, and something that keeps its identity. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { hostNameProblem } from '../../rules/machine-name.ts'
import { ALL_LABELS } from '../all-labels.ts'
import type { FullConfig } from '../full-config.ts'

/** A node's name is also the value of its label kubernetes.io/hostname. */
const NAME_LIMIT = 63

export function checkWorker(
  { kubernetes, hostname, network, storage }: FullConfig,
  report: Report,
  isWhole: IsWhole,
): void {
  const { worker } = kubernetes
  if (worker === undefined) return
  checkName(worker.nodeName, hostname, report)
  if (network.links.length === 0 && isWhole(['network', 'links', '*']))
    report.add('kubernetes-worker-without-network', ['network', 'links'], {}, { aim: 'key' })
  const labels = storage.disks.flatMap(disk => disk.partitions).map(({ label }) => label)
  // A misspelled one is reported as that.
  if (!labels.some(label => /^keel[-_]?state$/i.test(label ?? '')) && isWhole(ALL_LABELS))
    report.add('kubernetes-worker-without-state', ['kubernetes', 'role'], {})
}

/** A name of its own, or the host name, whose form is checked where it is given. */
function checkName(nodeName: string | undefined, hostname: FullConfig['hostname'], report: Report): void {
  if (nodeName !== undefined) {
    const problem = hostNameProblem(nodeName)
    if (problem !== undefined)
      report.add('kubernetes-node-name', ['kubernetes', 'nodeName'], { name: nodeName, ...problem })
  } else if (hostname.type === 'fixed' && hostname.name.length > NAME_LIMIT) {
    const { name } = hostname
    const why = `it has ${name.length} characters instead of at most ${NAME_LIMIT}`
    report.add('kubernetes-node-name', ['hostname'], { name, why, better: undefined })
  }
}
