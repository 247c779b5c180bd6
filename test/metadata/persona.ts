import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SmbiosTable } from '../../src/vm/qemu.ts'

/** The platforms that have a file in fixtures/metadata. */
export const PLATFORMS = ['aws', 'azure', 'digitalocean', 'gcp', 'hetzner', 'openstack'] as const
export type Platform = (typeof PLATFORMS)[number]

/** What one path answers. `{version}` in a path stands for one of the persona's versions. */
export type Known = { type: string; body: string; query?: Query }

/** Parameters that must be there, each with the values that are understood. */
export type Query = Record<string, string[]>

/** How a metadata service behaves, as its documentation says: paths, needed and refused headers, the way to a token. */
export type Persona = {
  /** What the firmware of its machines says. */
  smbios: SmbiosTable[]
  uuid: string
  /** On every answer. */
  headers: Record<string, string>
  neededHeader?: { name: string; value: string; otherwise: number }
  /** Headers that only a proxy adds; a request with one is answered 403. */
  refusedHeaders: string[]
  token?: { path: string; ttlHeader: string; maxTtl: number; header: string }
  versions?: string[]
  /** Parameters of every path. */
  query?: Query
  document: { path: string; type: string; encoding: 'raw' | 'base64'; query?: Query }
  answers: Record<string, Known>
  /** Where it takes what a client posts; absent: nowhere. */
  takes?: { path: string; type: string; query: Query }
  /** What a machine is called by its answers, in the form that Keel is to find. */
  identity: { instanceId: string; hostname: string }
  /** The answer for a document that nobody gave; absent: as for an unknown path. */
  unset?: { status: number; body: string }
  badQuery?: Known
  notFound: Known
}

/** The persona of a platform. */
export function personaOf(platform: Platform): Persona {
  const file = join('fixtures', 'metadata', `${platform}.json`)
  return JSON.parse(readFileSync(file, 'utf8')) as Persona
}

/** Where the plain web server has its document. */
export const WEB_PATH = '/machine.json'

/** A plain web server: no platform, no rules. */
export const WEB: Persona = {
  smbios: [],
  uuid: '',
  headers: {},
  refusedHeaders: [],
  document: { path: WEB_PATH, type: 'application/json', encoding: 'raw' },
  answers: {},
  identity: { instanceId: '', hostname: '' },
  notFound: { type: 'text/plain', body: 'not found\n' },
}
