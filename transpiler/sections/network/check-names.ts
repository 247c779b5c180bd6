/** Search domains and fixed names. */
import type { Report } from '../../diag/report.ts'
import type { FullConfig } from '../full-config.ts'
import type { FullNetwork } from './types.ts'

const MOST_DOMAINS = 6

export function checkSearchDomains({ links, searchDomains }: FullNetwork, report: Report): void {
  const all = [...links.flatMap(link => link.searchDomains), ...searchDomains]
  const seen = new Set<string>()
  for (const { at, name } of all) {
    const domain = name.toLowerCase().replace(/\.$/, '')
    if (seen.has(domain)) report.add('network-duplicate-search-domain', at, { name })
    seen.add(domain)
  }
  const seventh = all[MOST_DOMAINS]
  if (seventh !== undefined) report.add('network-search-domains-many', seventh.at, { count: all.length })
}

export function checkHosts({ network: { hosts }, hostname, storage }: FullConfig, report: Report): void {
  const own = hostname.type === 'fixed' ? [hostname.name, hostname.name.split('.')[0] ?? ''] : []
  const seen = new Map<string, { address: string; at: readonly (string | number)[] }>()
  for (const { at, address = '', ip, names } of hosts) {
    if (ip === undefined) report.add('network-host-invalid', [...at, 'address'], { address })
    for (const { at, name } of names) {
      const key = name.toLowerCase()
      if (key === 'localhost' || own.includes(key)) report.add('network-hosts-own-name', at, { name })
      const first = seen.get(`${key} ${ip?.family}`)
      seen.set(`${key} ${ip?.family}`, first ?? { address, at })
      if (first === undefined || ip === undefined) continue
      const related = [{ path: first.at, message: 'first given here' }]
      report.add('network-hosts-duplicate', at, { name, address: first.address }, { related })
    }
  }
  const isDeclared = [...storage.files, ...storage.links].some(({ path }) => path === '/etc/hosts')
  if (hosts.length > 0 && isDeclared)
    report.add('network-hosts-unused', ['network', 'hosts'], {}, { aim: 'key' })
}
