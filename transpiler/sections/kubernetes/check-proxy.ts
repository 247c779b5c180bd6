/** kubernetes.proxy: proxies that containerd and the kubelet can use. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { FullConfig } from '../full-config.ts'
import { ownNetwork } from '../own-network.ts'
import { checkCredentials, checkUrl } from './check-registries.ts'
import { noProxyProblem } from './registry-forms.ts'

const HERE: Path = ['kubernetes', 'proxy']
/** Of a proxy without an address. Any other key is one of another tool: what is unknown says enough. */
const OTHER_KEYS = ['at', 'noProxy', 'credentials']

export function checkProxy(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const { role, proxy } = config.kubernetes
  if (role === 'none' || proxy === undefined) return
  const own = ownNetwork(config, isWhole)
  if (Object.keys(proxy).every(key => OTHER_KEYS.includes(key)))
    report.add('kubernetes-proxy-empty', HERE, {}, { aim: 'key', lacks: ['http', 'https'] })
  for (const key of ['http', 'https'] as const) {
    const value = proxy[key]
    if (value !== undefined) checkUrl(value, 'proxy', [...HERE, key], own, report)
  }
  for (const { at, host } of proxy.noProxy) {
    const problem = noProxyProblem(host)
    if (problem !== undefined) report.add('kubernetes-proxy-no-proxy', at, { value: host, ...problem })
  }
  if (proxy.credentials !== undefined) checkCredentials(proxy.credentials, [...HERE, 'credentials'], report)
}
