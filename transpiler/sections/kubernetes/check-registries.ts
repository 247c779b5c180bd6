/** kubernetes.registries and pauseImage: names, servers, CAs and credentials that containerd can use. */

import type { Credentials } from '../../../schema/generated/node.ts'
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { hostUseProblem, type OwnNetwork } from '../../rules/address.ts'
import { imageNameProblem } from '../../rules/image-name.ts'
import { partsOf, webAddressProblem } from '../../rules/web-address.ts'
import type { FullConfig } from '../full-config.ts'
import { ownNetwork } from '../own-network.ts'
import type { FullRegistry, FullServer } from '../registries.ts'
import { checkAuthority } from './authority.ts'
import { passwordProblem, registryNameProblem, userNameProblem } from './registry-forms.ts'

/** What a registry itself has, and not one of its mirrors. */
const OWN_KEYS = ['url', 'ca', 'credentials'] as const
const WRONG_URL = { server: 'kubernetes-registry-url', proxy: 'kubernetes-proxy-url' } as const
/** Of an entry that has only a name. Any other key is one of another tool: what is unknown says enough. */
const NAME_ONLY = ['at', 'name', 'upstream', 'hasCa', 'mirrors']

export function checkRegistries(config: FullConfig, report: Report, isWhole: IsWhole): void {
  const { role, registries, pauseImage } = config.kubernetes
  if (role === 'none') return
  const network = ownNetwork(config, isWhole)
  const hasNoProxy = config.kubernetes.proxy === undefined
  // A proxy looks names up itself, and has routes of its own.
  const own = hasNoProxy ? network : { ...network, hasDefaultRoute: () => true, hasNameServer: true }
  const names = new Map<string, Path>()
  for (const registry of registries) {
    checkName(registry, names, report)
    checkUpstream(registry, own, report)
    checkMirrors(registry, own, report)
  }
  checkAuthorities(config, report)
  if (pauseImage === undefined) return
  const problem = imageNameProblem(pauseImage)
  if (problem !== undefined)
    report.add('kubernetes-pause-image', ['kubernetes', 'pauseImage'], { value: pauseImage, ...problem })
}

function checkName({ at, name }: FullRegistry, names: Map<string, Path>, report: Report): void {
  if (name === undefined) return
  const problem = registryNameProblem(name)
  if (problem !== undefined)
    report.add('kubernetes-registry-name', [...at, 'name'], { value: name, ...problem })
  const first = names.get(name)
  if (first === undefined) names.set(name, [...at, 'name'])
  else {
    const related = [{ path: first, message: 'first given here' }]
    report.add('kubernetes-duplicate-registry', [...at, 'name'], { name }, { related })
  }
}

/** The registry itself, which is asked last or not at all. */
function checkUpstream(registry: FullRegistry, own: OwnNetwork, report: Report): void {
  const { at, name, upstream, mirrors } = registry
  if (upstream === false && mirrors.length === 0)
    report.add('kubernetes-registry-no-server', at, { name: name ?? '' }, { aim: 'key', lacks: ['mirrors'] })
  else if (upstream === false && !mirrors.some(({ capabilities }) => capabilities.includes('resolve')))
    report.add('kubernetes-registry-no-resolve', [...at, 'mirrors'], { name: name ?? '' }, { aim: 'key' })
  const keys = OWN_KEYS.filter(key => Object.hasOwn(registry, key))
  const why = notAskedBecause(registry)
  const [first] = keys
  if (why !== undefined) {
    if (first !== undefined)
      report.add('kubernetes-registry-no-effect', [...at, first], { keys, why }, { aim: 'key' })
    return
  }
  const isEmpty = Object.keys(registry).every(key => NAME_ONLY.includes(key)) && mirrors.length === 0
  if (name !== undefined && isEmpty)
    report.add('kubernetes-registry-empty', at, { name }, { aim: 'key', lacks: [...OWN_KEYS, 'mirrors'] })
  checkServer(registry, own, report)
  const hasUrl = Object.hasOwn(registry, 'url')
  if (name !== undefined && !hasUrl && registryNameProblem(name) === undefined)
    checkReachable(name, 'server', [...at, 'name'], own, report)
}

/** Why the keys of the registry itself say nothing, as a phrase that follows a colon. */
function notAskedBecause({ name, upstream }: FullRegistry): string | undefined {
  if (name === '*') return '"*" is every other registry, and not one'
  return upstream === false ? 'the registry itself is not asked, because `upstream` is false' : undefined
}

function checkMirrors({ mirrors }: FullRegistry, own: OwnNetwork, report: Report): void {
  const seen = new Map<string, Path>()
  for (const mirror of mirrors) {
    checkServer(mirror, own, report)
    if (mirror.url === undefined) continue
    const first = seen.get(mirror.url)
    if (first === undefined) seen.set(mirror.url, [...mirror.at, 'url'])
    else {
      const related = [{ path: first, message: 'first given here' }]
      report.add('kubernetes-duplicate-mirror', [...mirror.at, 'url'], { url: mirror.url }, { related })
    }
  }
}

function checkServer(server: FullServer, own: OwnNetwork, report: Report): void {
  const { at, url, credentials, hasCa } = server
  if (credentials !== undefined) checkCredentials(credentials, [...at, 'credentials'], report)
  if (url === undefined) return
  const isPossible = checkUrl(url, 'server', [...at, 'url'], own, report)
  if (!isPossible || partsOf(url).scheme === 'https://') return
  if (credentials !== undefined)
    report.add('kubernetes-credentials-clear', [...at, 'credentials'], { url }, { aim: 'key' })
  const noTls = { keys: ['ca'], why: '`url` is not https' }
  if (hasCa) report.add('kubernetes-registry-no-effect', [...at, 'ca'], noTls, { aim: 'key' })
}

/** The URL of a registry, of a mirror or of a proxy; whether it is possible. */
export function checkUrl(
  url: string,
  of: keyof typeof WRONG_URL,
  at: Path,
  own: OwnNetwork,
  report: Report,
): boolean {
  const problem = webAddressProblem(url, of)
  if (problem !== undefined) report.add(WRONG_URL[of], at, { value: url, ...problem })
  else checkReachable(url, of, at, own, report)
  return problem === undefined
}

/** Also a pod of the node may be a registry, or a proxy. */
function checkReachable(
  address: string,
  of: keyof typeof WRONG_URL,
  at: Path,
  own: OwnNetwork,
  report: Report,
): void {
  const { isError, why, hint } = hostUseProblem(partsOf(address).host, 'registry', own) ?? {}
  if (why === undefined) return
  if (isError) report.add(WRONG_URL[of], at, { value: address, why, better: undefined })
  else report.add('kubernetes-registry-unreachable', at, { what: `\`${address}\``, why, hint })
}

/** Of a registry or of a proxy. */
export function checkCredentials(
  { username, password }: Recovered<Credentials>,
  at: Path,
  report: Report,
): void {
  const ofUser = username === undefined ? undefined : userNameProblem(username)
  if (ofUser !== undefined) report.add('kubernetes-credentials', [...at, 'username'], { why: ofUser })
  const ofPassword = password === undefined ? undefined : passwordProblem(password)
  if (ofPassword !== undefined) report.add('kubernetes-credentials', [...at, 'password'], { why: ofPassword })
}

/** Files of containerd that come from a `ca`. */
function checkAuthorities({ storage }: FullConfig, report: Report): void {
  for (const { at, contents, isImplied } of storage.files) {
    if (!isImplied || contents === undefined || at[1] !== 'registries' || at.at(-1) !== 'ca') continue
    checkAuthority(contents, 'kubernetes-registry-ca', at, report)
  }
}
