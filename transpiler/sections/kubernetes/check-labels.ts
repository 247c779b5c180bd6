/** kubernetes.labels and taints: what the kubelet may register its node with. */
import type { Report } from '../../diag/report.ts'
import type { FullConfig } from '../full-config.ts'
import { labelNameProblem, labelValueProblem, mayKubeletSet } from './label-rules.ts'
import type { FullTaint, FullWorker } from './types.ts'

export function checkLabels({ kubernetes }: FullConfig, report: Report): void {
  const { worker } = kubernetes
  if (worker === undefined) return
  for (const label of worker.labels) checkLabel(label, report)
  checkTaints(worker.taints, report)
}

function checkLabel({ at, name, value }: FullWorker['labels'][number], report: Report): void {
  const nameProblem = labelNameProblem(name)
  if (nameProblem !== undefined)
    report.add('kubernetes-label-name', at, { name, why: nameProblem }, { aim: 'key' })
  else if (!mayKubeletSet(name)) report.add('kubernetes-label-forbidden', at, { name, value }, { aim: 'key' })
  const valueProblem = labelValueProblem(value)
  if (valueProblem !== undefined) report.add('kubernetes-label-value', at, { name, value, why: valueProblem })
}

function checkTaints(taints: readonly FullTaint[], report: Report): void {
  const seen = new Map<string, FullTaint>()
  for (const taint of taints) {
    const { at, key, value, effect } = taint
    const ofKey = key === undefined ? undefined : labelNameProblem(key)
    if (key !== undefined && ofKey !== undefined)
      report.add('kubernetes-taint', at, { part: 'key', text: key, why: ofKey })
    const ofValue = value === undefined ? undefined : labelValueProblem(value)
    if (value !== undefined && ofValue !== undefined)
      report.add('kubernetes-taint', at, { part: 'value', text: value, why: ofValue })
    if (key === undefined || effect === undefined) continue
    const name = `${key}:${effect}`
    const first = seen.get(name)
    seen.set(name, first ?? taint)
    if (first === undefined) continue
    const related = [{ path: first.at, message: 'the first is here' }]
    report.add('kubernetes-duplicate-taint', at, { taint: name }, { related })
  }
}
