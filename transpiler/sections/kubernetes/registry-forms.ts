/** What is wrong with the name of a registry, with credentials, or with what is reached without a proxy. Nothing here repeats a password. */
import { betterHost, type FormProblem, hostProblem, isHost, withoutBrackets } from '../../rules/host.ts'
import { isRegistry } from '../../rules/image-name.ts'
import { ipOf, prefixOf } from '../../rules/ip.ts'
import { hasControl, partsOf, portProblem, serverProblem, withPort } from '../../rules/web-address.ts'

/** Other names of Docker Hub, which no name of an image that containerd asks for begins with. */
const DOCKER_HUB = [
  ...['index.docker.io', 'registry-1.docker.io', 'hub.docker.com', 'www.docker.com', 'docker.com'],
  ...['docker', 'dockerhub'],
]

export function registryNameProblem(name: string): FormProblem | undefined {
  if (name === '*') return undefined
  const { scheme, host, port, path } = partsOf(name)
  const meant = betterHost(host) ?? host
  const better = isHost(meant) && portProblem(port) === undefined ? withPort(meant, port) : undefined
  if (/\s/.test(name)) {
    const trimmed = name.trim()
    return {
      why: 'it contains a space',
      better: registryNameProblem(trimmed) === undefined ? trimmed : undefined,
    }
  }
  if (name.includes('*')) return { why: 'it contains a star; only "*" alone is possible', better: '"*"' }
  if (name.includes('@'))
    return { why: 'it contains a user name; credentials have a key of their own', better: undefined }
  const isDockerHub = host.toLowerCase() === 'docker.io' && port !== undefined
  if (isDockerHub || DOCKER_HUB.includes(host.toLowerCase()))
    return { why: 'names of images on Docker Hub begin with docker.io', better: 'docker.io' }
  if (scheme !== '') return { why: 'it is a web address', better }
  // Names of images with an address of IPv6 are refused as well.
  const why = hostProblem(host)?.replace('it is', 'its host is') ?? portProblem(port)
  if (why !== undefined) return { why, better }
  if (path !== '') return { why: 'it has a path, and the settings are those of a whole registry', better }
  if (name !== name.toLowerCase())
    return {
      why: 'it has capital letters, and containerd compares it with the names of images as it is written',
      better: better?.toLowerCase(),
    }
  return isRegistry(name)
    ? undefined
    : { why: 'without a dot or a port it is a user of docker.io', better: undefined }
}

/** Why a user name cannot be sent, as a phrase that follows a colon. */
export function userNameProblem(username: string): string | undefined {
  if (username.includes(':')) return 'the user name contains a colon'
  return hasControl(username) ? 'the user name contains a control character' : undefined
}

export function passwordProblem(password: string): string | undefined {
  if (/[\r\n]/.test(password)) return 'the password contains a line end'
  return hasControl(password) ? 'the password contains a control character' : undefined
}

/** Only what Go's own reading of NO_PROXY understands. */
export function noProxyProblem(entry: string): FormProblem | undefined {
  const parts = entry.split(/[\s,]+/).filter(part => part !== '')
  if (/[\s,]/.test(entry))
    return {
      why: 'it contains a space or a comma, and the list has an item for each',
      better: parts.length === 1 ? parts[0] : undefined,
    }
  if (entry === '*') return { why: 'without any proxy there is no need for one', better: undefined }
  const [address = '', bits, ...more] = entry.split('/')
  const ip = ipOf(address)
  if (bits !== undefined && ip !== undefined) {
    if (prefixOf(entry) !== undefined) return undefined
    const length = [bits, ...more].join('/')
    return { why: `\`/${length}\` is not the length of an IPv${ip.family} prefix`, better: undefined }
  }
  // Go compares an address of IPv6 without a port as it is, without brackets.
  if (bits === undefined && ip?.family === 6) return undefined
  const { scheme, host, port, path } = partsOf(entry)
  const bare = host.replace(/^\*?\./, '')
  const meant = (host.startsWith('*.') ? host.slice(1) : host).replace(/\.$/, '')
  const isServer = isHost(betterHost(bare) ?? bare) && portProblem(port) === undefined
  const better = isServer ? withPort(meant, port) : undefined
  if (scheme !== '' || path !== '') return { why: 'it is a web address', better }
  if (host.startsWith('*.')) return { why: 'a star has no meaning there', better }
  if (host.includes('*')) return { why: 'a star has no meaning there', better: undefined }
  const inner = withoutBrackets(host)
  if (inner !== host && port === undefined && ipOf(inner)?.family === 6)
    return { why: 'an IPv6 address without a port has no brackets there', better: inner }
  const why = serverProblem(bare, port)
  return why === undefined ? undefined : { why, better }
}
