/** kubernetes.kubelet.config: fields that init depends on are what they are. */
import type { Report } from '../../diag/report.ts'
import { canonicalJson } from '../../json.ts'
import type { FullConfig } from '../full-config.ts'
import { fixedFields, standaloneKubelet, workerKubelet } from './kubelet-config.ts'

/** What the patch made of them. */
export function checkKubelet({ kubernetes }: FullConfig, report: Report): void {
  const { role, worker, kubeletConfig: config, shutdown } = kubernetes
  if (role === 'none') return
  const own = worker === undefined ? standaloneKubelet(false, shutdown) : workerKubelet(shutdown)
  for (const [field, instead] of Object.entries(fixedFields(worker !== undefined))) {
    if (canonicalJson(config[field]) !== canonicalJson(own[field])) {
      const at = ['kubernetes', 'kubelet', 'config', field]
      report.add('kubernetes-kubelet-fixed', at, { field, instead }, { aim: 'key' })
    }
  }
  checkPulls(kubernetes, report)
}

/** A worker's patch is merged over the configuration of its cluster, which may have the other field. */
function checkPulls({ kubeletConfig: config, worker }: FullConfig['kubernetes'], report: Report): void {
  const { maxParallelImagePulls: pulls, serializeImagePulls: isSerial } = config
  if (typeof pulls !== 'number' || pulls <= 1 || isSerial === false) return
  const at = ['kubernetes', 'kubelet', 'config', 'maxParallelImagePulls']
  const isOfCluster = worker !== undefined && isSerial === undefined
  report.add(
    isOfCluster ? 'kubernetes-kubelet-parallel-pulls-of-cluster' : 'kubernetes-kubelet-parallel-pulls',
    at,
    { pulls },
    { aim: 'key' },
  )
}
