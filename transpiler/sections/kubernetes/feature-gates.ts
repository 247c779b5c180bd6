/** Feature gates of the kubelet: whether there is one, and whether it can be set so. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import { nearest } from '../../rules/nearest.ts'
import { featureGatesOf, otherMinors } from './known.ts'

export function checkGate(name: string, value: boolean, minor: string, at: Path, report: Report): void {
  const gates = featureGatesOf(minor)
  const gate = Object.hasOwn(gates, name) ? gates[name] : undefined
  if (gate === undefined) {
    const others = otherMinors(minor, other => Object.hasOwn(featureGatesOf(other), name))
    const args = { name, minor, others, nearest: nearest(name, Object.keys(gates)) }
    report.add('kubernetes-kubelet-gate-unknown', at, args, { aim: 'key' })
  } else if (gate.locked && gate.default !== value)
    report.add('kubernetes-kubelet-gate-locked', at, {
      name,
      minor,
      stage: gate.stage,
      locked: gate.default,
    })
}
