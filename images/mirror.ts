/** Packages of the lock against what the mirror has today. */

import { BuildFailed, type Environment, type WantedSuite } from './environment.ts'
import { type Component, isPackage, type Lock, type OriginOf, type Package, withComponents } from './lock.ts'

/** The package mirror, asked at most once per build, and only if something is not in the cache. */
export interface Mirror {
  /** Environment for apt's programs, after the lists were brought up to date. */
  env(): Promise<Readonly<Record<string, string>>>
}

/** A pin the mirror could not serve, and what was taken instead. */
export interface Substitute {
  readonly name: string
  readonly pinned: string
  readonly used: string
}

/** A mirror for all suites that the lock names, with lists of its own in `dir`. */
export function openMirror(lock: Lock, dir: string, environment: Environment): Mirror {
  const wanted: WantedSuite[] = lock.components
    .filter(isPackage)
    .flatMap(({ origin }) => origin.suites.map(suite => ({ type: origin.kind, suite })))
  let ready: Promise<Readonly<Record<string, string>>> | undefined
  const open = async (): Promise<Readonly<Record<string, string>>> => {
    const env = environment.privateApt(dir, wanted)
    await environment.progress.step('package lists fetched', () =>
      ask(['apt-get', 'update'], env, environment),
    )
    return env
  }
  return {
    env: () => {
      ready ??= open()
      return ready
    },
  }
}

/**
 * The lock as it can be had. `isCached` says whether a pinned package needs no mirror. A pin that is gone stops a locked
 * build, and otherwise gives way to the newest of the same suites.
 */
export async function resolve(
  lock: Lock,
  locked: boolean,
  isCached: (component: Package) => Promise<boolean>,
  mirror: Mirror,
  environment: Environment,
): Promise<{ lock: Lock; substitutes: Substitute[] }> {
  const substitutes: Substitute[] = []
  const replaced: Component[] = []
  for (const component of lock.components.filter(isPackage)) {
    if (await isCached(component)) continue
    const offers = await offersOf(component, mirror, environment)
    if (
      offers.some(offer => offer.version === component.version && digestsOf(offer) === digestsOf(component))
    )
      continue
    const newest = offers.at(-1)
    if (locked || !newest) throw gone(component, newest)
    environment.progress.warn(
      `${component.name} ${component.version} is no longer on the mirror; ${newest.version} is used, so this image is not what the lock says`,
    )
    substitutes.push({ name: component.name, pinned: component.version, used: newest.version })
    replaced.push(newest)
  }
  return { lock: withComponents(lock, replaced), substitutes }
}

/** The lock with every package at the newest that the mirror has. */
export async function repin(lock: Lock, mirror: Mirror, environment: Environment): Promise<Lock> {
  const newest: Component[] = []
  for (const component of lock.components.filter(isPackage)) {
    const offer = (await offersOf(component, mirror, environment)).at(-1)
    if (!offer) throw gone(component, undefined)
    newest.push(offer)
  }
  return withComponents(lock, newest)
}

const gone = ({ name, version, origin }: Package, newest: Package | undefined): BuildFailed =>
  new BuildFailed(
    `${name}: the lock pins ${origin.package} ${version}, which the mirror's ${origin.suites.join(' and ')} no longer have`,
    newest
      ? `run keelctl image lock to pin ${newest.version}, look at the diff, then build again`
      : 'the mirror has no newer version either: is it complete?',
  )

const digestsOf = ({ origin }: Package): string =>
  origin.kind === 'deb'
    ? origin.sha256
    : JSON.stringify([...origin.files].sort((a, b) => (a.name < b.name ? -1 : 1)))

/** Everything the mirror has that could replace a package, oldest first. */
export async function offersOf(
  component: Package,
  mirror: Mirror,
  environment: Environment,
): Promise<Package[]> {
  const env = await mirror.env()
  const { origin } = component
  const offers =
    origin.kind === 'deb'
      ? await binaries({ ...component, origin }, env, environment)
      : await sources({ ...component, origin }, env, environment)
  const sorted: Package[] = []
  for (const offer of offers) {
    let at = sorted.length
    while (at > 0 && (await isNewer(sorted[at - 1]?.version ?? '', offer.version, environment))) at -= 1
    sorted.splice(at, 0, offer)
  }
  return sorted
}

/** Whether a version of a package is newer than another one. */
export const isNewer = async (a: string, b: string, environment: Environment): Promise<boolean> =>
  (await environment.run(['dpkg', '--compare-versions', a, 'gt', b])).code === 0

type Env = Readonly<Record<string, string>>

async function binaries(
  component: Package & { origin: OriginOf<'deb'> },
  env: Env,
  environment: Environment,
): Promise<Package[]> {
  const found = await ask(['apt-cache', 'search', '--names-only', component.origin.pattern], env, environment)
  const names = found
    .split('\n')
    .map(line => line.split(' ')[0] ?? '')
    .filter(Boolean)
  if (names.length === 0) return []
  const text = await ask(['apt-cache', 'show', ...names], env, environment)
  return stanzas(text).map(field => ({
    ...component,
    version: field('Version'),
    origin: { ...component.origin, package: field('Package'), sha256: field('SHA256') },
  }))
}

async function sources(
  component: Package & { origin: OriginOf<'deb-src'> },
  env: Env,
  environment: Environment,
): Promise<Package[]> {
  const text = await ask(
    ['apt-cache', 'showsrc', '--only-source', component.origin.package],
    env,
    environment,
  )
  return stanzas(text).map(field => ({
    ...component,
    version: field('Version'),
    origin: {
      ...component.origin,
      files: [...field('Checksums-Sha256').matchAll(/([0-9a-f]{64}) \d+ (\S+)/g)].map(
        ([, sha256 = '', name = '']) => ({ name, sha256 }),
      ),
    },
  }))
}

const stanzas = (text: string): ((field: string) => string)[] =>
  text
    .split(/\n\n+/)
    .filter(stanza => stanza.trim() !== '')
    .map(stanza => field => new RegExp(`^${field}:((?:.*)(?:\\n .*)*)`, 'm').exec(stanza)?.[1]?.trim() ?? '')

async function ask(argv: readonly string[], env: Env, environment: Environment): Promise<string> {
  const { code, stdout, output } = await environment.run(argv, { env })
  if (code !== 0)
    throw new BuildFailed(
      `${argv.slice(0, 3).join(' ')} ended with ${code}\n${output.trimEnd()}`,
      'is the package mirror of this machine reachable?',
    )
  return stdout
}
