/** One entry of the machine's source lists. */
export interface AptSource {
  types: string[]
  uris: string[]
  suites: string[]
  components: string[]
  signedBy?: string | undefined
  trusted: boolean
}
/** A mirror's address and what vouches for it. */
export interface Mirror {
  uri: string
  signedBy?: string | undefined
  trusted: boolean
}
/** A suite that must be readable, as binaries or as sources. */
export interface WantedSuite {
  type: 'deb' | 'deb-src'
  suite: string
}
export function parseOneLine(text: string): AptSource[]
export function parseDeb822(text: string): AptSource[]
export function configuredSources(etc?: string): AptSource[]
export function mirrorOf(
  sources: AptSource[],
  codename: string,
): { main: Mirror; security: Mirror } | undefined
export function sourcesText(mirror: { main: Mirror; security: Mirror }, wanted: WantedSuite[]): string
export function privateApt(
  dir: string,
  wanted: WantedSuite[],
  machine?: { etc?: string; osRelease?: string },
): { APT_CONFIG: string; DEBIAN_FRONTEND: string; LC_ALL: string }
export function cacheFolder(env: Record<string, string | undefined>): string
