/** kubernetes with role worker: a name, a network, and something that keeps its identity. */
import { ALL_LABELS, type IsWhole } from '../broken.ts'
import type { FullConfig } from '../full-config.ts'
import type { Report } from '../report.ts'

/** A node's name is also the value of its label kubernetes.io/hostname. */
const NAME_LIMIT = 63

export function checkWorker(
  { worker, hostname, network, storage }: FullConfig,
  report: Report,
  isWhole: IsWhole,
): void {
  if (worker === undefined) return
  const name = hostname.type === 'fixed' ? hostname.name : ''
  if (worker.nodeName === undefined && name.length > NAME_LIMIT)
    report.add('kubernetes-node-name', ['hostname'], { name, length: name.length })
  if (network.interfaces.length === 0 && isWhole(['network', 'interfaces', '*']))
    report.add('kubernetes-worker-without-network', ['network', 'interfaces'], {}, { aim: 'key' })
  const labels = storage.disks.flatMap(disk => disk.partitions).map(({ label }) => label)
  if (!labels.includes('KEEL-STATE') && isWhole(ALL_LABELS))
    report.add('kubernetes-worker-without-state', ['kubernetes', 'role'], {})
}
