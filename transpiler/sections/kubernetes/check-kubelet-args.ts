/** kubernetes.kubelet.extraArgs: flags that the kubelet has, with values that it can read. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { FullConfig } from '../full-config.ts'
import { checkGate } from './feature-gates.ts'
import { flagProblem, pairsOf } from './flag-values.ts'
import { flagsOf, isMinorCertain, otherMinors } from './known.ts'
import { OWNED_ARGS } from './kubelet-config.ts'
import type { FullExtraArg } from './types.ts'
import { shownValue } from './values/problems.ts'
import { meant, truthOf } from './values/scalars.ts'

export function checkKubeletArgs({ kubernetes }: FullConfig, report: Report, isWhole: IsWhole): void {
  const minor = isMinorCertain(kubernetes.version, isWhole) ? kubernetes.minor : undefined
  for (const arg of kubernetes.worker?.extraArgs ?? []) checkArg(arg, minor, report)
}

function checkArg({ at, name, value }: FullExtraArg, minor: string | undefined, report: Report): void {
  const plain = name.replace(/^-+/, '').toLowerCase().replaceAll('_', '-')
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    const better = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(plain) ? plain : undefined
    report.add('kubernetes-kubelet-arg', at, { name, better }, { aim: 'key' })
  } else if (Object.hasOwn(OWNED_ARGS, name))
    report.add('kubernetes-kubelet-arg-owned', at, { name, instead: OWNED_ARGS[name] }, { aim: 'key' })
  else if (/[\s\p{Cc}]/u.test(value)) report.add('kubernetes-kubelet-arg-space', at, { name })
  else if (minor !== undefined) checkArgValue(name, value, minor, at, report)
}

function checkArgValue(name: string, value: string, minor: string, at: Path, report: Report): void {
  const flags = flagsOf(minor)
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
  if (flag === undefined) {
    const others = otherMinors(minor, other => Object.hasOwn(flagsOf(other), name))
    const args = { kind: 'flag', name, minor, hint: others ?? meant(name, Object.keys(flags)) }
    return report.add('kubernetes-kubelet-unknown', at, args, { aim: 'key' })
  }
  const problem = flagProblem(value, flag)
  if (problem !== undefined)
    report.add('kubernetes-kubelet-arg-value', at, { name, value: shownValue(value), ...problem })
  else if (name === 'feature-gates')
    for (const { key, value: truth = '' } of pairsOf(value))
      checkGate(key, truthOf(truth) ?? /^[1tT]$/.test(truth), minor, at, report)
}
