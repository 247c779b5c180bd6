/** The distribution project's registry, with images in it. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Image } from './image.ts'
import { untilLogged } from './log.ts'
import { push } from './push.ts'
import { HIDDEN_ADDRESS, SITE_ADDRESS, type Site } from './site.ts'
import type { TokenWords } from './token-service.ts'

/** Who may ask a registry that wants a password. */
export const USER = { username: 'node', password: 'never-to-be-logged-7c1e' }
/** The same as bcrypt has it, at its lowest cost: each request is checked. */
const HTPASSWD = `${USER.username}:$2b$04$Kw5DJtGq0mUOqBZLxHn3TuT95dbQkQkb89zW7EYa5rKofZMGsNEgG\n`

export interface RegistryOptions {
  readonly port: number
  /** Absent: the site's address. */
  readonly address?: string
  /** The host that its certificate is for; absent: its address. `null`: it speaks without TLS. */
  readonly host?: string | null
  /** What it wants to see; absent: nothing. */
  readonly wants?: 'password' | TokenWords
  /** By name and tag, as in `library/demo:1`. */
  readonly images: Readonly<Record<string, Image>>
}

/** One request of a node, or of a proxy for it. */
export interface Request {
  readonly method: string
  /** Without its query. */
  readonly path: string
  /** The registry in whose place it was asked as a mirror. */
  readonly inPlaceOf?: string
  readonly status: number
}

export interface Registry {
  /** All requests, in the order in which they were answered. */
  requests(): Request[]
  stop(): Promise<void>
  /** Again, with all that it had. */
  start(): Promise<void>
}

/** Free at all addresses: what fills a registry's folder is there only for that. */
const FILLING_PORT = 4999

export async function startRegistry(site: Site, options: RegistryOptions): Promise<Registry> {
  const name = `registry-${options.port}`
  const folder = join(site.folder, name)
  mkdirSync(folder)
  const run = runnerOf(site, name, folder)
  const { images } = options
  await fill(site, images, await run({ addr: `${HIDDEN_ADDRESS}:${FILLING_PORT}` }))
  const [http, auth] = [httpOf(site, folder, options), authOf(folder, options.wants)]
  let running = await run(http, auth)
  const logs = [running.log]
  return {
    requests: () => logs.flatMap(log => requestsIn(readFileSync(log, 'utf8'))),
    stop: () => ended(running),
    start: async () => {
      running = await run(http, auth)
      logs.push(running.log)
    },
  }
}

type Running = { child: ChildProcess; log: string }

async function ended({ child }: Running): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

/** What starts the program with the files of one registry, each time with another log. */
function runnerOf(site: Site, name: string, folder: string) {
  let starts = 0
  return async (http: object, auth?: object): Promise<Running> => {
    starts += 1
    const [config, log] = [join(folder, `${starts}.json`), `${name}-${starts}`]
    const storage = { filesystem: { rootdirectory: folder } }
    writeFileSync(config, JSON.stringify({ version: '0.1', storage, http, ...(auth && { auth }) }))
    const child = site.processes.start(log, [site.registry, 'serve', config])
    const file = join(site.folder, `${log}.log`)
    await untilLogged(file, /msg="listening on /)
    return { child, log: file }
  }
}

/** By a registry that is open to everybody here: what nodes ask may be locked. */
async function fill(site: Site, images: RegistryOptions['images'], open: Running): Promise<void> {
  for (const [name, image] of Object.entries(images))
    await push(() => site.connect(HIDDEN_ADDRESS, FILLING_PORT), name, image)
  await ended(open)
}

function httpOf(site: Site, folder: string, { address = SITE_ADDRESS, port, host }: RegistryOptions): object {
  const addr = `${address}:${port}`
  if (host === null) return { addr }
  const identity = site.identityOf(host ?? address)
  const tls = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  writeFileSync(tls.certificate, identity.certificate)
  writeFileSync(tls.key, identity.key)
  return { addr, tls }
}

function authOf(folder: string, wants: RegistryOptions['wants']): object | undefined {
  if (wants === undefined) return undefined
  if (wants !== 'password') return { token: { ...wants, signingalgorithms: ['RS256'] } }
  const path = join(folder, 'htpasswd')
  writeFileSync(path, HTPASSWD)
  return { htpasswd: { realm: 'site', path } }
}

const REQUEST = /^\S+ - \S+ \[.*?\] "(\S+) (\S+) HTTP\/[\d.]+" (\d+) /gm

function requestsIn(log: string): Request[] {
  return [...log.matchAll(REQUEST)].map(([, method = '', url = '', status]) => {
    const { pathname, searchParams } = new URL(url, 'http://registry')
    const ns = searchParams.get('ns')
    return { method, path: pathname, ...(ns && { inPlaceOf: ns }), status: Number(status) }
  })
}
