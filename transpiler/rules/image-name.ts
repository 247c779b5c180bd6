/** Names of images, as containerd reads them: registry, path, tag and digest. */
import { type FormProblem, hostProblem } from './host.ts'
import { partsOf, portProblem } from './web-address.ts'

const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const TAG = /^[\w][\w.-]{0,127}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/
/** Of the path. */
const LONGEST = 255
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`)

/** Whether the first part of an image's name is its registry, and not a user of docker.io. */
export function isRegistry(part: string): boolean {
  return part.includes('.') || part.includes(':') || part === 'localhost' || part !== part.toLowerCase()
}

/** Why a text is not the whole name of an image, which nothing has to complete, as a phrase that follows a colon. */
export function imageNameProblem(name: string): FormProblem | undefined {
  if (/\s/.test(name)) return { why: 'it contains a space', better: undefined }
  if (/^[a-z]+:\/\//i.test(name)) {
    const rest = name.replace(/^[a-z]+:\/\//i, '')
    return { why: 'it is a web address', better: imageNameProblem(rest) === undefined ? rest : undefined }
  }
  const [beforeDigest = '', digest, ...more] = name.split('@')
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest)))
    return { why: 'what follows the @ is not sha256: and 64 hexadecimal digits', better: undefined }
  const slash = beforeDigest.indexOf('/')
  const registry = slash === -1 ? '' : beforeDigest.slice(0, slash)
  const rest = beforeDigest.slice(slash + 1)
  const colon = rest.indexOf(':')
  const [path, tag] = colon === -1 ? [rest, undefined] : [rest.slice(0, colon), rest.slice(colon + 1)]
  if (!isRegistry(registry))
    return { why: 'it does not start with a registry', better: onDockerHub(name, slash) }
  const ofRegistry = registryProblem(registry)
  if (ofRegistry !== undefined) return { why: ofRegistry, better: undefined }
  if (path !== path.toLowerCase()) return { why: 'its path contains capital letters', better: undefined }
  if (!PATH.test(path))
    return {
      why: `${path === '' ? 'an empty string' : `\`${path}\``} is not the path of an image`,
      better: undefined,
    }
  if (path.length > LONGEST) return { why: `its path has more than ${LONGEST} characters`, better: undefined }
  if (tag !== undefined && !TAG.test(tag))
    return { why: `${tag === '' ? 'an empty string' : `\`${tag}\``} is not a tag`, better: undefined }
  if (tag === undefined && digest === undefined)
    return { why: 'it has neither a tag nor a digest', better: undefined }
  if (tag !== undefined && digest !== undefined)
    return {
      why: 'it has a tag and a digest, and containerd drops the tag',
      better: `${registry}/${path}@${digest}`,
    }
  return registry === 'index.docker.io' || (registry === 'docker.io' && !path.includes('/'))
    ? { why: 'containerd uses another name for it', better: onDockerHub(rest, rest.indexOf('/')) }
    : undefined
}

/** Why no registry can be called so, as a phrase that follows a colon. */
function registryProblem(registry: string): string | undefined {
  const { host, port } = partsOf(registry)
  return hostProblem(host)?.replace(/^it /, 'its registry ') ?? portProblem(port)
}

/** What containerd takes a name without a registry for. */
function onDockerHub(name: string, slash: number): string | undefined {
  const better = slash === -1 ? `docker.io/library/${name}` : `docker.io/${name}`
  return imageNameProblem(better) === undefined ? better : undefined
}
