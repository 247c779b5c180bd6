/** What is wrong with the name of a registry, with credentials, or with what is reached without a proxy. Nothing here repeats a password. */
import { betterHost, type FormProblem, hostProblem, isHost, isIpv4 } from '../../rules/host.ts'
import { isRegistry } from '../../rules/image-name.ts'
import { isPort, partsOf } from '../../rules/web-address.ts'

/** Other names of Docker Hub, which no name of an image that containerd asks for begins with. */
const DOCKER_HUB = ['index.docker.io', 'hub.docker.com', 'www.docker.com', 'docker.com']

export function registryNameProblem(name: string): FormProblem | undefined {
  if (name === '*') return undefined
  const { scheme, host, port, path } = partsOf(name)
  const meant = betterHost(host) ?? host
  const better =
    isHost(meant) && (port === undefined || isPort(port))
      ? `${meant}${port === undefined ? '' : `:${port}`}`
      : undefined
  if (/\s/.test(name)) return { why: 'it contains a space', better: undefined }
  if (name.includes('*')) return { why: 'it contains a star; only "*" alone is possible', better: '"*"' }
  if (name.includes('@'))
    return { why: 'it contains a user name; credentials have a key of their own', better: undefined }
  if (DOCKER_HUB.includes(host.toLowerCase()))
    return { why: 'images of Docker Hub are called otherwise', better: 'docker.io' }
  if (scheme !== '') return { why: 'it is a web address', better }
  const why = hostProblem(host)?.replace('it is', 'its host is')
  if (why !== undefined) return { why, better }
  if (port !== undefined && !isPort(port))
    return { why: `${port === '' ? 'an empty string' : port} is not a port`, better }
  if (path !== '') return { why: 'it has a path, and the settings are those of a whole registry', better }
  return isRegistry(name)
    ? undefined
    : { why: 'without a dot or a port it is a user of docker.io', better: undefined }
}

/** Why a user name cannot be sent, as a phrase that follows a colon. */
export function userNameProblem(username: string): string | undefined {
  if (username.includes(':')) return 'its user name contains a colon'
  return hasControl(username) ? 'its user name contains a control character' : undefined
}

export function passwordProblem(password: string): string | undefined {
  if (hasControl(password)) return 'its password contains a control character'
  return password.trim() === password ? undefined : 'its password begins or ends with a space'
}

/** Only what Go's own reading of NO_PROXY understands. */
export function noProxyProblem(entry: string): FormProblem | undefined {
  const parts = entry.split(/[\s,]+/).filter(part => part !== '')
  if (/[\s,]/.test(entry))
    return { why: 'it contains a space or a comma', better: parts.length === 1 ? parts[0] : undefined }
  if (entry === '*') return { why: 'without any proxy there is no need for one', better: undefined }
  const [address = '', bits, ...more] = entry.split('/')
  if (bits !== undefined && isIpv4(address))
    return /^(3[0-2]|[12]?\d)$/.test(bits) && more.length === 0
      ? undefined
      : { why: `\`/${[bits, ...more].join('/')}\` is not the length of an IPv4 prefix`, better: undefined }
  const { scheme, host, port, path } = partsOf(entry)
  const bare = host.replace(/^\*?\./, '')
  const server = `${host.startsWith('*.') ? host.slice(1) : host}${port === undefined ? '' : `:${port}`}`
  const better = isHost(bare) && (port === undefined || isPort(port)) ? server : undefined
  if (scheme !== '' || path !== '') return { why: 'it is a web address', better }
  if (host.startsWith('*.')) return { why: 'a star has no meaning there', better }
  if (host.includes('*')) return { why: 'a star has no meaning there', better: undefined }
  const why = hostProblem(bare)?.replace('it is', 'its host is')
  if (why !== undefined) return { why, better: undefined }
  return port === undefined || isPort(port)
    ? undefined
    : { why: `${port === '' ? 'an empty string' : port} is not a port`, better: undefined }
}

function hasControl(text: string): boolean {
  return [...text].some(char => char < ' ' || char === '\u007f')
}
