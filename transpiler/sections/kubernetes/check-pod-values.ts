/** kubernetes.staticPods: fields, types, words and forms of everything in a pod. */
import type { Report, Showing } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { FullConfig } from '../full-config.ts'
import { isMinorCertain } from './known.ts'
import { whereIn, within } from './pod-places.ts'
import type { FullStaticPod } from './types.ts'
import { problemsOf, shownValue, type ValueProblem } from './values/problems.ts'

export function checkPodValues({ kubernetes }: FullConfig, report: Report, isWhole: IsWhole): void {
  if (!isMinorCertain(kubernetes.version, isWhole)) return
  for (const given of kubernetes.staticPods) {
    const { apiVersion, kind } = given.pod
    // A value that is not a pod is reported as that.
    if (apiVersion !== 'v1' || kind !== 'Pod') continue
    for (const problem of problemsOf(given.pod, 'Pod', kubernetes.minor))
      if (!isReportedElsewhere(problem)) reportValue(given, problem, kubernetes.minor, report)
  }
}

/** Keys whose lack has a rule of its own; older kubectl writes the time without a value. */
function isReportedElsewhere(problem: ValueProblem): boolean {
  if (problem.kind === 'null') return problem.at.at(-1) === 'creationTimestamp'
  if (problem.kind !== 'missing') return false
  return (
    (problem.of === 'PodSpec' || problem.of === 'Container') && ['containers', 'name'].includes(problem.key)
  )
}

function reportValue(given: FullStaticPod, problem: ValueProblem, minor: string, report: Report): void {
  const at = within(given, ...problem.at)
  const where = whereIn(given, problem.at)
  const { hint } = problem
  // All of a local file is at the key that names it.
  const atKey: Showing = given.inside === undefined ? {} : { aim: 'key' }
  switch (problem.kind) {
    case 'unknown':
      return report.add('kubernetes-pod-unknown-field', at, { where, of: problem.of, minor, hint }, atKey)
    case 'missing': {
      const { of, key } = problem
      return report.add('kubernetes-pod-missing-field', at, { where, of, key }, atKey)
    }
    case 'type':
      return report.add('kubernetes-pod-type', at, {
        where,
        wanted: problem.wanted,
        found: problem.found,
        hint,
      })
    case 'value': {
      const args = { where, value: shownValue(problem.value), why: problem.why, hint }
      return report.add('kubernetes-pod-value', at, args)
    }
    case 'key': {
      const of = whereIn(given, problem.at.slice(0, -1))
      return report.add('kubernetes-pod-key', at, { of, key: shownValue(problem.key), hint }, atKey)
    }
    case 'null': {
      const { write, isEntry } = problem
      return report.add('kubernetes-pod-null', at, { where, write, isEntry }, atKey)
    }
  }
}
