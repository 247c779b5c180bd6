/** kubernetes.kubelet.config: fields, types, words and forms of everything in the patch. */
import type { Report } from '../../diag/report.ts'
import type { JsonObject } from '../../json.ts'
import { isObject } from '../../json.ts'
import { type Path, pathText, pointerOf, valueAt } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { FullConfig } from '../full-config.ts'
import { checkGate } from './feature-gates.ts'
import { isMinorCertain } from './known.ts'
import { fixedFields, standaloneKubelet } from './kubelet-config.ts'
import { problemsOf, shownValue, type ValueProblem } from './values/problems.ts'

const HERE: Path = ['kubernetes', 'kubelet', 'config']
const AT_KEY = { aim: 'key' } as const

/** The types, words and forms of all that the patch has. Fields that cannot be changed have their own rule. */
export function checkKubeletValues({ kubernetes }: FullConfig, report: Report, isWhole: IsWhole): void {
  if (!isMinorCertain(kubernetes.version, isWhole)) return
  const { role, minor, worker, kubeletPatch, shutdown } = kubernetes
  const { fields, removed } = kubeletPatch
  if (role === 'none' || Object.keys(fields).length === 0) return
  const own = worker === undefined ? standaloneKubelet(true, shutdown) : undefined
  const fixed = fixedFields(worker !== undefined)
  for (const problem of problemsOf(fields, 'KubeletConfiguration', minor)) {
    if (Object.hasOwn(fixed, String(problem.at[0]))) continue
    if (problem.kind === 'null' && removesSomething(problem.at, own, removed)) continue
    reportValue(problem, minor, report)
  }
  if (isObject(fields['featureGates'])) checkGates(fields['featureGates'], minor, report)
}

/** Null removes what Keel or an earlier fragment has; with the role worker also what the cluster has, which nobody knows yet. */
function removesSomething(at: Path, own: JsonObject | undefined, removed: ReadonlySet<string>): boolean {
  if (at.some(step => typeof step === 'number')) return false
  return own === undefined || removed.has(pointerOf([...HERE, ...at])) || valueAt(own, at) !== undefined
}

function reportValue(problem: ValueProblem, minor: string, report: Report): void {
  const at = [...HERE, ...problem.at]
  const field = fieldOf(problem.at)
  const { hint } = problem
  switch (problem.kind) {
    case 'unknown':
      return report.add('kubernetes-kubelet-unknown', at, { kind: 'field', name: field, minor, hint }, AT_KEY)
    case 'type': {
      const { wanted, found } = problem
      return report.add('kubernetes-kubelet-type', at, { field, wanted, found, hint })
    }
    case 'value': {
      const args = { field, value: shownValue(problem.value), why: problem.why, hint }
      return report.add('kubernetes-kubelet-value', at, args)
    }
    case 'key': {
      const of = fieldOf(problem.at.slice(0, -1))
      return report.add('kubernetes-kubelet-key', at, { of, key: shownValue(problem.key), hint }, AT_KEY)
    }
    case 'null':
      return report.add('kubernetes-kubelet-null', at, { field, write: problem.write }, AT_KEY)
    case 'missing':
    // What the patch lacks, Keel, the cluster or the kubelet's defaults have.
  }
}

/** The path inside the configuration. */
function fieldOf(at: Path): string {
  return pathText(at).replace(/^\$\.?/, '')
}

/** Feature gates by name: only values that are booleans, any other is of the wrong type already. */
function checkGates(gates: JsonObject, minor: string, report: Report): void {
  for (const [name, value] of Object.entries(gates))
    if (typeof value === 'boolean') checkGate(name, value, minor, [...HERE, 'featureGates', name], report)
}
