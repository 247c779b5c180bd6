import { cacheFolder } from '../../images/apt.mjs'
import type { NodeEvent } from '../../src/vm/vm.ts'
import { durableActions } from '../vm/outline.ts'
import { configSource, row, stageTimes } from './summary.ts'

/** What the boot of a worker showed: its own events, and what the cluster reports about it. */
export type Joined = {
  events: NodeEvent[]
  /** Seconds from starting QEMU until the cluster called the node Ready. */
  readySeconds: number
  table: string
  logs: string
  isEmulated: boolean
}

export function clusterText(seen: Joined): string {
  const partitions = durableActions(seen.events).filter(line => line.startsWith('finish-partition '))
  const joined = seen.events.find(({ type }) => type === 'joined')
  return [
    '\nA disk image and a seed became a node\n',
    row('config from', configSource(seen)),
    row('partitions', partitions.map(line => line.slice('finish-partition '.length)).join(', ')),
    row('stages', stageTimes(seen)),
    row('joined', `as ${joined?.nodeName} by kubeadm join in ${joined?.durationMs} ms`),
    row(
      'Ready',
      `${seen.readySeconds.toFixed(1)} s after power on, firmware included, ${seen.isEmulated ? 'emulated' : 'with KVM'}`,
    ),
    `\n$ kubectl get nodes,pods -o wide\n${seen.table}`,
    `\n$ kubectl logs deployment/hello\n${seen.logs}`,
    `\nCached for the next run: components and packages in ${cacheFolder(process.env)}, node_modules, dist/. No machine state: each run starts with an empty disk and a new cluster.\n`,
  ].join('')
}
