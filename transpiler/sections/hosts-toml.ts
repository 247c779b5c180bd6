/** Registries as containerd reads them: a folder for each in /etc/containerd/certs.d, with a hosts.toml. */
import type { Recovered } from '../recover/recovered.ts'
import { base64Of } from '../rules/base64.ts'
import { partsOf } from '../rules/web-address.ts'
import { CAPABILITIES, type FullMirror, type FullRegistry, type FullServer } from './registries.ts'

const FOLDER = '/etc/containerd/certs.d'
const DOCKER_HUB = 'https://registry-1.docker.io'

/** The folder of a registry. A colon is not possible in it. */
export function registryFolder(name: string): string {
  if (name === '*') return `${FOLDER}/_default`
  return `${FOLDER}/${name.replace(/:(\d+)$/, '_$1_')}`
}

/** Name of the file with the CA of a mirror, or of the registry itself. */
export const caFileOf = (mirror?: number): string =>
  mirror === undefined ? 'ca.crt' : `mirror-${mirror + 1}.crt`

/** Whether there are credentials in the file. */
export function hasCredentials({ credentials, mirrors }: FullRegistry): boolean {
  return credentials !== undefined || mirrors.some(mirror => mirror.credentials !== undefined)
}

/** The text of hosts.toml. Where the registry itself is not to be asked, the last mirror stands in its place. */
export function hostsToml(registry: FullRegistry): string {
  const mirrors = registry.mirrors.map((mirror, i) => ({ ...mirror, caFile: caFileOf(i) }))
  const last = registry.upstream === false ? mirrors.pop() : undefined
  const first = last === undefined ? upstreamLines(registry) : serverLines(last)
  return `${[...first, ...mirrors.flatMap(mirrorLines)].join('\n').trimStart()}\n`
}

/** Every other registry is where its name says; containerd knows that better. */
function upstreamLines(registry: FullRegistry): string[] {
  const { name = '', url } = registry
  if (name === '*') return []
  const server = url ?? (name === 'docker.io' ? DOCKER_HUB : `https://${name}`)
  return serverLines({ ...registry, url: server, capabilities: CAPABILITIES, caFile: caFileOf() })
}

type Written = FullServer & Pick<FullMirror, 'capabilities'> & { readonly caFile: string }

/** The keys at the top of the file are those of the server that is asked last. */
function serverLines(server: Written): string[] {
  return [`server = ${quoted(server.url)}`, ...keys(server), ...header(server, 'header')]
}

/** The header directly follows its host: containerd takes the order of the mirrors from that of the tables. */
function mirrorLines(mirror: Written): string[] {
  const table = `host.${quoted(mirror.url)}`
  return ['', `[${table}]`, ...keys(mirror), ...header(mirror, `${table}.header`)]
}

function keys({ url = '', capabilities, hasCa, caFile }: Written): string[] {
  const isWhole = partsOf(url).path.split('/').includes('v2')
  return [
    `capabilities = [${[...new Set(capabilities)].map(quoted).join(', ')}]`,
    ...(hasCa ? [`ca = ${quoted(caFile)}`] : []),
    ...(isWhole ? ['override_path = true'] : []),
  ]
}

/** containerd sends it to the registry, and to the service that gives out the registry's tokens. */
function header({ credentials }: Written, table: string): string[] {
  if (credentials === undefined) return []
  const { username = '', password = '' } = credentials
  const basic = base64Of(new TextEncoder().encode(`${username}:${password}`))
  return ['', `[${table}]`, `Authorization = ${quoted(`Basic ${basic}`)}`]
}

/** A string of JSON is one of TOML. */
const quoted = (text: Recovered<string> | undefined): string => JSON.stringify(text ?? '')
