/** A service that gives out the tokens of a registry, as that wants them (distribution, "Token Authentication"). */
import { createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { basicOf } from './proxy.ts'
import { type Credentials, SITE_ADDRESS, type Site } from './site.ts'

/** What a registry has to know of it. */
export interface TokenWords {
  readonly realm: string
  readonly service: string
  readonly issuer: string
  /** The file of the key by which tokens are signed. */
  readonly jwks: string
}

export interface TokenService {
  readonly words: TokenWords
  /** The scopes that it was asked for with the right credentials, in this order. */
  readonly asked: string[]
}

export interface TokenOptions {
  readonly port: number
  readonly credentials: Credentials
  /** It answers nobody before it has been asked for so many scopes: those who ask then do so at the same time. */
  readonly concurrent?: number
}

const [SERVICE, ISSUER, KEY_ID] = ['site', 'token-service', 'only']
const HOUR_S = 3600

export async function startTokenService(site: Site, options: TokenOptions): Promise<TokenService> {
  const { port, credentials, concurrent = 1 } = options
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwks = join(site.folder, 'jwks.json')
  const key = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }
  writeFileSync(jwks, JSON.stringify({ keys: [key] }))
  const basic = basicOf(credentials)

  const asked: string[] = []
  const held: (() => void)[] = []
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.authorization !== basic) {
      response.writeHead(401).end()
      return
    }
    const scope = new URL(request.url ?? '', 'http://service').searchParams.get('scope') ?? ''
    asked.push(scope)
    held.push(() => response.end(JSON.stringify({ token: tokenFor(scope, privateKey), expires_in: HOUR_S })))
    if (new Set(asked).size >= concurrent) for (const release of held.splice(0)) release()
  }
  const { certificate, key: tlsKey } = site.identityOf(SITE_ADDRESS)
  const server = createServer({ cert: certificate, key: tlsKey }, answer)
  const open = await site.open(port)
  open.on('connection', socket => server.emit('connection', socket))
  onTestFinished(() => {
    open.close()
    server.closeAllConnections()
  })
  const realm = `https://${SITE_ADDRESS}:${port}/token`
  return { words: { realm, service: SERVICE, issuer: ISSUER, jwks }, asked }
}

/** A JSON Web Token for one scope, as in `repository:demo:pull`. */
function tokenFor(scope: string, key: KeyObject): string {
  const [type, name, actions = ''] = scope.split(':')
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: ISSUER,
    sub: 'node',
    aud: SERVICE,
    iat: now,
    nbf: now,
    exp: now + HOUR_S,
    jti: randomUUID(),
    access: [{ type, name, actions: actions.split(',') }],
  }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ typ: 'JWT', alg: 'RS256', kid: KEY_ID })}.${part(claims)}`
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`
}
