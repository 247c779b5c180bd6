/** What there is newer than the locks pin: asked of the module proxy and of the package mirror, through their clients. */
import { BuildFailed, type Environment } from './environment.ts'
import { type Component, isPackage, type Lock, type OriginOf, type Package } from './lock.ts'
import { isNewer, type Mirror, offersOf } from './mirror.ts'

/** A pin and what it could be. */
export interface PinStatus {
  readonly name: string
  readonly pinned: string
  /** The newest of the same line: of a Go module the same minor, of a package the same suites. Absent: nobody could be asked. */
  readonly newestOfLine?: string
  /** The newest release of all. Absent: nobody could be asked, or a package, of which other suites have their own. */
  readonly newest?: string
  /** Why an older line is pinned, as the lock says it. */
  readonly stays?: string
  /** Who could not be asked, and why. */
  readonly unknown?: string
}

/** Whether its line has something newer than the pin. */
export const isBehind = ({ pinned, newestOfLine }: PinStatus): boolean =>
  newestOfLine !== undefined && newestOfLine !== pinned

/** Every pin of the locks that is not a part of this checkout, in their order. */
export async function pinStatuses(
  locks: readonly Lock[],
  mirror: Mirror,
  environment: Environment,
): Promise<PinStatus[]> {
  const components = locks.flatMap(({ components }) => components)
  const releases = await releasesOf(components, environment)
  const statuses: PinStatus[] = []
  for (const component of components) {
    const { name, version, origin, stays } = component
    const pin = { name, pinned: version, ...(stays !== undefined && { stays }) }
    if (origin.kind === 'go')
      statuses.push({ ...pin, ...newestRelease(version, releases.get(origin.module)) })
    else if (isPackage(component)) {
      const asked = await known(() => newestOffer(component, mirror, environment))
      statuses.push({ ...pin, ...('unknown' in asked ? asked : { newestOfLine: asked.value }) })
    }
  }
  return statuses
}

/** The pin itself where the mirror has only older ones: mirrors lag behind each other. */
async function newestOffer(component: Package, mirror: Mirror, environment: Environment): Promise<string> {
  const newest = (await offersOf(component, mirror, environment)).at(-1)?.version
  const isPast = newest !== undefined && (await isNewer(newest, component.version, environment))
  return isPast ? newest : component.version
}

type Known<T> = { readonly value: T } | { readonly unknown: string }

async function known<T>(ask: () => Promise<T>): Promise<Known<T>> {
  try {
    return { value: await ask() }
  } catch (error) {
    if (error instanceof BuildFailed) return { unknown: error.message.split('\n')[0] ?? '' }
    throw error
  }
}

/** Releases by module, each module asked once. Versions that come before a release are none. */
async function releasesOf(
  components: readonly Component[],
  environment: Environment,
): Promise<ReadonlyMap<string, Known<readonly string[]>>> {
  const origins = components.flatMap(({ origin }) => (origin.kind === 'go' ? [origin] : []))
  const found = new Map<string, Known<readonly string[]>>()
  for (const origin of origins) {
    if (found.has(origin.module)) continue
    const ask = () =>
      environment.progress.step(`versions of ${origin.module}`, () => list(origin, environment))
    found.set(origin.module, await known(ask))
  }
  return found
}

async function list({ module }: OriginOf<'go'>, environment: Environment): Promise<string[]> {
  const argv = ['go', 'list', '-m', '-versions', module]
  const { code, stdout, output } = await environment.run(argv, {
    env: { GOFLAGS: '-mod=mod', GOWORK: 'off' },
  })
  if (code !== 0)
    throw new BuildFailed(`${argv.join(' ')}: ${output.trim()}`, 'is the module proxy reachable?')
  const versions = stdout.trim().split(/\s+/).slice(1)
  return versions.filter(version => /^v\d+\.\d+\.\d+$/.test(version)).map(version => version.slice(1))
}

function newestRelease(
  pinned: string,
  releases: Known<readonly string[]> | undefined,
): Pick<PinStatus, 'newestOfLine' | 'newest' | 'unknown'> {
  if (releases === undefined || 'unknown' in releases) return { unknown: releases?.unknown ?? '' }
  const line = `${pinned.split('.').slice(0, 2).join('.')}.`
  // The pin is one of them, even where the proxy has taken it back.
  const sorted = [...new Set([...releases.value, pinned])].sort(byNumbers)
  return {
    newestOfLine: sorted.findLast(version => version.startsWith(line)) ?? pinned,
    newest: sorted.at(-1) ?? pinned,
  }
}

function byNumbers(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  const at = left.findIndex((number, i) => number !== right[i])
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}
