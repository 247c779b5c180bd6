/** Feature gates of the kubelet: whether there is one, and whether it can be set so. */
import { featureGates } from '../../../schema/generated/kubernetes.ts'
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import { nearest } from '../../rules/nearest.ts'

export function checkGate(name: string, value: boolean, at: Path, report: Report): void {
  const gates = featureGates()
  const gate = Object.hasOwn(gates, name) ? gates[name] : undefined
  if (gate === undefined) {
    const args = { name, nearest: nearest(name, Object.keys(gates)) }
    report.add('kubernetes-kubelet-gate-unknown', at, args, { aim: 'key' })
  } else if (gate.locked && gate.default !== value)
    report.add('kubernetes-kubelet-gate-locked', at, { name, stage: gate.stage, locked: gate.default })
}
