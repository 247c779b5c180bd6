/** What is wrong with the three words of a `kubeadm join` command line. Nothing here repeats a token. */
import { hostProblem } from './host.ts'

/** In words that follow a colon, and what was probably meant. */
export interface FormProblem {
  readonly why: string
  readonly better: string | undefined
}

export function tokenProblem(token: string): string | undefined {
  if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token)) return undefined
  if (token.trim() === '') return 'it is empty'
  if (/\s/.test(token)) return 'it has a blank or a line end'
  if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/i.test(token)) return 'it has capital letters'
  const parts = token.split('.')
  if (parts.length !== 2) return `it has ${parts.length === 1 ? 'no dot' : 'more than one dot'}`
  const [id = '', secret = ''] = parts
  if (id.length !== 6 || secret.length !== 16)
    return `it has ${id.length} characters before the dot and ${secret.length} after it`
  return 'it has other characters than letters and digits'
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
    return { why: 'it is a private key, which belongs to nobody but the cluster', better }
  if (hash.includes('-----BEGIN')) return { why: 'it is the certificate itself', better }
  if (/\.(crt|pem|cer)$/.test(hash)) return { why: 'it is the name of a file', better }
  if (better !== undefined) return { why: 'it is not written as kubeadm writes it', better }
  const [, digits] = /^sha256:([0-9a-fA-F]*)$/.exec(hash) ?? []
  if (digits !== undefined) return { why: `it has ${digits.length} digits and not 64`, better }
  return { why: 'it is not sha256: and 64 hexadecimal digits', better }
}

export function endpointProblem(endpoint: string): FormProblem | undefined {
  const [, scheme = '', rest = '', path = ''] = /^(https?:\/\/)?([^/]*)(.*)$/s.exec(endpoint) ?? []
  const colon = rest.lastIndexOf(':')
  const hasPort = colon !== -1 && !rest.endsWith(']') && !/^[0-9a-f:]*::[0-9a-f:]*$/i.test(rest)
  const host = hasPort ? rest.slice(0, colon) : rest
  const port = hasPort ? rest.slice(colon + 1) : '6443'
  const isPort = /^[1-9]\d{0,4}$/.test(port) && Number(port) < 65_536
  const problem =
    hostProblem(host)?.replace('it is', 'its host is') ?? (isPort ? undefined : `${port} is no port`)
  const better = problem === undefined ? `${host}:${port}` : undefined
  if (better === endpoint) return undefined
  if (problem !== undefined) return { why: problem, better }
  if (scheme !== '') return { why: 'it is an address of the web', better }
  if (path !== '') return { why: 'it has a path', better }
  return { why: 'it has no port', better }
}
