import { randomBytes } from 'node:crypto'
import type { Known, Profile, Query } from './profile.ts'

/** What a client said, as far as a metadata service cares. Names of headers are lower case. */
export type Asked = {
  method: string
  url: string
  headers: Record<string, string>
  /** The client's port; absent: one that only root can have. */
  port?: number | undefined
}

/** The response. `what` says which part of the service answered, so that a fault can be put on it. */
export type Answer = {
  what: 'document' | 'token' | 'other'
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** A metadata service without a wire: it knows its tokens and its document. */
export type Service = {
  answer(asked: Asked): Answer
  /** From now on the tokens that were given count for nothing. */
  expireTokens(): void
}

/** A service that follows its profile exactly: a wrong flow gets what the real one answers. */
export function serviceOf(profile: Profile, document: Buffer | undefined): Service {
  const tokens = new Set<string>()
  const say = (what: Answer['what'], status: number, body: string | Buffer = '', type = 'text/plain') => ({
    what,
    status,
    headers: { ...profile.headers, 'content-type': type },
    body: Buffer.from(body),
  })

  const give = (asked: Asked): Answer => {
    const ttl = Number(asked.headers[profile.token?.ttlHeader ?? ''])
    if (!(ttl >= 1 && ttl <= (profile.token?.maxTtl ?? 0))) return say('token', 400)
    const token = randomBytes(28).toString('base64')
    tokens.add(token)
    const answer = say('token', 200, token)
    return { ...answer, headers: { ...answer.headers, [profile.token?.ttlHeader ?? '']: String(ttl) } }
  }

  const find = ({ headers, port = 1 }: Asked, url: URL): Answer => {
    const { path, otherPath = path, accept } = profile.document
    const isDocument = [path, otherPath].some(one => patternMatches(one, url.pathname, profile.versions))
    const known = isDocument ? profile.document : knownAt(profile, url.pathname)
    if (!known) return say('other', 404, profile.notFound.body, profile.notFound.type)
    if (!isUnderstood({ ...profile.query, ...known.query }, url))
      return say('other', 400, profile.badQuery?.body, profile.badQuery?.type)
    if ('body' in known) {
      if (known.plain === undefined || headers['accept'] === known.type)
        return say('other', 200, known.body, known.type)
      return say('other', 200, known.plain)
    }
    if (profile.highPort && port >= FIRST_HIGH_PORT) return say('other', profile.highPort.status)
    if (accept && !accept.includes(headers['accept'] ?? '*/*')) return say('other', 406)
    if (document) return say('document', 200, encoded(document, known.encoding), known.type)
    const { status, body } = profile.unset ?? { status: 404, body: profile.notFound.body }
    return say('document', status, body, status === 404 ? profile.notFound.type : known.type)
  }

  const take = (asked: Asked, url: URL): Answer => {
    const { accepts } = profile
    const fits = accepts && url.pathname === accepts.path && isUnderstood(accepts.query, url)
    return say('other', fits && asked.headers['content-type'] === accepts.type ? 200 : 400)
  }

  const answer = (asked: Asked): Answer => {
    const url = new URL(asked.url, 'http://metadata')
    if (profile.refusedHeaders.some(name => name in asked.headers)) return say('other', 403)
    if (asked.method === 'PUT' && profile.token) {
      // A dated path has no tokens to give.
      if (url.pathname.endsWith('/token'))
        return url.pathname === profile.token.path ? give(asked) : say('other', 403)
    }
    if (asked.method !== 'GET' && !(asked.method === 'POST' && profile.accepts)) return say('other', 405)
    const needed = profile.neededHeader
    if (needed && asked.headers[needed.name]?.toLowerCase() !== needed.value.toLowerCase())
      return say('other', needed.otherwise)
    if (profile.token && !tokens.has(asked.headers[profile.token.header] ?? '')) return say('other', 401)
    return asked.method === 'POST' ? take(asked, url) : find(asked, url)
  }
  return { answer, expireTokens: () => tokens.clear() }
}

/** The ports below are root's. */
const FIRST_HIGH_PORT = 1024

const encoded = (document: Buffer, encoding: 'raw' | 'base64'): string | Buffer =>
  encoding === 'base64' ? document.toString('base64') : document

function knownAt(profile: Profile, path: string): Known | undefined {
  const pattern = Object.keys(profile.answers).find(key => patternMatches(key, path, profile.versions))
  return pattern === undefined ? undefined : profile.answers[pattern]
}

function patternMatches(pattern: string, path: string, versions: string[] = []): boolean {
  return pattern === path || versions.some(version => pattern.replace('{version}', version) === path)
}

function isUnderstood(query: Query, url: URL): boolean {
  return Object.entries(query).every(([name, values]) => values.includes(url.searchParams.get(name) ?? ''))
}
