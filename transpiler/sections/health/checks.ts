/** health: probes that can be asked, and times that can be met. */
import type { Report } from '../../diag/report.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { checkDuration } from '../../rules/duration.ts'
import { endpointProblem } from '../../rules/endpoint.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullConfig } from '../full-config.ts'
import { urlProblem } from './probe-forms.ts'
import type { FullHealth, FullProbe } from './types.ts'

export function checkHealth({ health, kubernetes }: FullConfig, report: Report, isWhole: IsWhole): void {
  if (health === undefined) return
  checkTimes(health, report)
  const { role } = kubernetes
  if (health.nodeReady === true && role !== 'worker' && isWhole(['kubernetes', 'role']))
    report.add('health-node-ready', ['health', 'nodeReady'], { role }, { aim: 'key' })
  const seen = new Set<string>()
  for (const probe of health.probes) {
    checkProbe(probe, report)
    const { at, http, tcp } = probe
    const text = http ?? tcp
    if (text === undefined) continue
    if (seen.has(text)) report.add('health-probe-twice', at, { text })
    seen.add(text)
  }
}

function checkTimes({ timeout, stableFor }: FullHealth, report: Report): void {
  const at = ['health']
  const areBounded = [
    checkDuration(timeout, ['10s', '24h'], [...at, 'timeout'], report),
    checkDuration(stableFor, ['1s', '1h'], [...at, 'stableFor'], report),
  ].every(Boolean)
  if (!areBounded || timeout === undefined || stableFor === undefined) return
  if (millisecondsOf(stableFor) >= millisecondsOf(timeout))
    report.add('health-stable-order', [...at, 'stableFor'], { stableFor, timeout })
}

function checkProbe({ at, given, http, status, tcp }: FullProbe, report: Report): void {
  if (given.length !== 1) return report.add('health-probe-choice', at, { given }, { lacks: ['http', 'tcp'] })
  if (http !== undefined) {
    const problem = urlProblem(http)
    if (problem) report.add('health-probe-url', [...at, 'http'], { url: http, ...problem })
  }
  if (tcp !== undefined) {
    const problem = endpointProblem(tcp)
    if (problem) report.add('health-probe-address', [...at, 'tcp'], { text: tcp, ...problem })
  }
  if (status !== undefined && given.includes('tcp'))
    report.add('health-probe-status', [...at, 'status'], {}, { aim: 'key' })
}
