/** time: servers that SNTP can ask. */
import { checkDuration } from '../durations.ts'
import type { FullConfig } from '../full-config.ts'
import { hostProblem, isHost } from '../host.ts'
import type { Report } from '../report.ts'

export function checkTime({ time }: FullConfig, report: Report): void {
  checkDuration(time.timeout, ['100ms', '10m'], ['time', 'timeout'], report)
  const seen = new Set<string>()
  for (const { at, server } of time.servers) {
    const better = hostIn(server)
    const why = hostProblem(server)
    if (why !== undefined) report.add('time-server', at, { server, why: wordsFor(server) ?? why, better })
    else if (seen.has(server.toLowerCase())) report.add('time-duplicate-server', at, { server })
    seen.add(server.toLowerCase())
  }
}

/** Habits of ntp.conf and of addresses of the web. */
function wordsFor(server: string): string | undefined {
  if (/^[a-z]+:\/\//i.test(server)) return 'it is an address of the web'
  if (/^(pool|server|peer)\s/.test(server) || /\s(iburst|prefer|burst)\b/.test(server))
    return 'it is a line of ntp.conf'
  return /^[^:]+:\d+$/.test(server) ? 'the port is always 123' : undefined
}

function hostIn(server: string): string | undefined {
  const host = server
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/^(pool|server|peer)\s+/, '')
    .replace(/[\s/:].*$/s, '')
  return host !== '' && isHost(host) ? host : undefined
}
