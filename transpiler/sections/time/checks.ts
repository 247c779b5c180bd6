/** time: servers that SNTP can ask. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { OwnNetwork } from '../../rules/address.ts'
import { hostUseProblem } from '../../rules/address.ts'
import { checkDuration } from '../../rules/duration.ts'
import { betterLoneHost, isLoneHost, loneHostProblem, withoutBrackets } from '../../rules/host.ts'
import { ipOf, ipText } from '../../rules/ip.ts'
import type { FullConfig } from '../full-config.ts'
import { ownNetwork } from '../own-network.ts'

export function checkTime(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const { time } = config
  const own = ownNetwork(config, isWhole)
  checkDuration(time.timeout, ['100ms', '10m'], ['time', 'timeout'], report)
  const seen = new Set<string>()
  for (const { at, server } of time.servers) {
    const better = hostIn(server)
    const why = loneHostProblem(server)
    const name = serverText(server).toLowerCase()
    if (why !== undefined) report.add('time-server', at, { server, why: wordsFor(server) ?? why, better })
    else if (seen.has(name)) report.add('time-duplicate-server', at, { server })
    else checkUse(server, at, own, report)
    seen.add(name)
  }
}

/** A server as the machine config names it: an address in its canonical text. */
export function serverText(server: string): string {
  const address = ipOf(server)
  return address === undefined ? server : ipText(address)
}

/** The clock is set before any pod runs, so a server on the node itself cannot answer. */
function checkUse(server: string, at: Path, own: OwnNetwork, report: Report): void {
  const { isError, why, hint } = hostUseProblem(server, 'time-server', own) ?? {}
  if (why === undefined) return
  if (isError) report.add('time-server', at, { server, why, better: undefined })
  else report.add('time-server-unreachable', at, { what: `\`${server}\``, why, hint })
}

/** Habits of ntp.conf and of addresses of the web. */
function wordsFor(server: string): string | undefined {
  if (/^[a-z]+:\/\//i.test(server)) return 'it is a web address'
  if (/^(pool|server|peer)\s/.test(server) || /\s(iburst|prefer|burst)\b/.test(server))
    return 'it is a line of ntp.conf'
  return /^([^:]+|\[.*\]):\d+$/.test(server) ? 'the port is always 123' : undefined
}

function hostIn(server: string): string | undefined {
  const better = betterLoneHost(server)
  if (better !== undefined) return better
  const rest = server.replace(/^[a-z]+:\/\//i, '').replace(/^(pool|server|peer)\s+/, '')
  const [word = ''] = rest.split(/[\s/]/)
  const [, beforePort] = /^([^:]+|\[.*\])(:.*)?$/.exec(word) ?? []
  const host = isLoneHost(word) ? word : withoutBrackets(beforePort ?? '')
  return host !== '' && isLoneHost(host) ? host : undefined
}
