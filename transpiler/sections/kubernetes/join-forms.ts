/** What is wrong with the three words of a `kubeadm join` command line. Nothing here repeats a token. */
import { betterUrlHost, type FormProblem, isUrlHost, urlHostProblem } from '../../rules/host.ts'
import { isPort, partsOf, serverProblem } from '../../rules/web-address.ts'

export function tokenProblem(token: string): string | undefined {
  if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token)) return undefined
  if (token.trim() === '') return 'it is empty'
  if (/\s/.test(token)) return 'it contains a space or a line end'
  if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/i.test(token)) return 'it contains capital letters'
  const parts = token.split('.')
  if (parts.length !== 2) return `it has ${parts.length === 1 ? 'no dot' : 'more than one dot'}`
  const [id = '', secret = ''] = parts
  if (id.length !== 6 || secret.length !== 16)
    return `it has ${id.length} characters before the dot and ${secret.length} after it`
  return 'it contains other characters than letters and digits'
}

export function caHashProblem(hash: string): FormProblem | undefined {
  if (/^sha256:[0-9a-f]{64}$/.test(hash)) return undefined
  const plain = hash
    .trim()
    .toLowerCase()
    .replaceAll(/[\s:]/g, '')
    .replace(/^sha256/, '')
  const better = /^[0-9a-f]{64}$/.test(plain) ? `sha256:${plain}` : undefined
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(hash))
    return { why: 'it is a private key, which must stay in the cluster', better }
  if (hash.includes('-----BEGIN')) return { why: 'it is the certificate itself', better }
  if (/\.(crt|pem|cer)$/.test(hash)) return { why: 'it is the name of a file', better }
  if (better !== undefined) return { why: 'it is not in the form that kubeadm prints', better }
  const [, digits] = /^sha256:([0-9a-fA-F]*)$/.exec(hash) ?? []
  if (digits !== undefined) return { why: `it has ${digits.length} digits instead of 64`, better }
  return { why: 'it is not sha256: and 64 hexadecimal digits', better }
}

export function endpointProblem(endpoint: string): FormProblem | undefined {
  // Without brackets nothing says where the address ends; the usual port is taken for a port.
  const [, address] = /^([0-9a-f:]*::?[0-9a-f:]*):6443$/i.exec(endpoint) ?? []
  if (address !== undefined && isUrlHost(`[${address}]`))
    return { why: 'an IPv6 address has brackets there', better: `[${address}]:6443` }
  const { scheme, host, port = '6443', path } = partsOf(endpoint)
  const meant = betterUrlHost(host) ?? host
  const better = isUrlHost(meant) && isPort(port) ? `${meant}:${port}` : undefined
  if (better === endpoint) return undefined
  const problem = serverProblem(host, port)
  if (problem !== undefined) return { why: problem, better }
  if (scheme !== '') return { why: 'it is a web address', better }
  if (path !== '') return { why: 'it has a path', better }
  return { why: 'it has no port', better }
}

/** Of a kubeconfig's server. Nothing here repeats it: the file around it is secret. */
export function kubeconfigServerProblem(server: string): string | undefined {
  const { scheme, host, port = '443' } = partsOf(server)
  if (scheme !== 'https://')
    return scheme === '' ? 'its server does not start with https://' : 'its server is not https'
  if (server.includes('@')) return 'the address of its server has a user name'
  const problem = urlHostProblem(host)
  if (problem !== undefined) return `in the address of its server: ${problem}`
  return isPort(port) ? undefined : 'the port of its server is not a number from 1 to 65535'
}

/** Host of an endpoint or of a server's address that has no problem. */
export function hostOf(address: string): string {
  return partsOf(address).host
}
