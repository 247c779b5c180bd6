/** What a probe can ask. */
import { betterUrlHost, type FormProblem } from '../../rules/host.ts'
import { partsOf, serverProblem, withPort } from '../../rules/web-address.ts'

/** Why a text is not an address of the web that can be asked, as a phrase that follows a colon. */
export function urlProblem(url: string): FormProblem | undefined {
  if (/[^!-~]/.test(url))
    return { why: 'it contains a space or a character that no address has', better: undefined }
  if (url.includes('#')) return { why: 'a part after # is not sent', better: url.replace(/#.*$/, '') }
  const { scheme, host, port, path } = partsOf(url)
  if (/^([^/]*\/\/)?[^/]*@/.test(url)) return { why: 'it contains a user name', better: undefined }
  if (scheme === '')
    return { why: 'it starts with neither https:// nor http://', better: meant(url, 'http://') }
  if (scheme !== 'https://' && scheme !== 'http://')
    return { why: `it is of ${scheme.slice(0, -3)}, not of https or http`, better: undefined }
  if (!url.startsWith(scheme))
    return { why: `${scheme} is written in small letters`, better: meant(url, scheme) }
  if (host.includes('?')) return { why: 'its query has no path before it', better: undefined }
  const why = serverProblem(host, port)
  if (why === undefined) return undefined
  const better = betterUrlHost(host)
  return { why, better: better === undefined ? undefined : `${scheme}${withPort(better, port)}${path}` }
}

function meant(url: string, scheme: string): string | undefined {
  const { host, port, path } = partsOf(url)
  const better = `${scheme}${withPort(host, port)}${path}`
  return urlProblem(better) === undefined ? better : undefined
}
