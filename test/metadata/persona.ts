import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SmbiosTable } from '../../src/vm/qemu.ts'
import type { Layer } from './pack.ts'

const FOLDER = join('fixtures', 'metadata')

/** The platforms that have a file in fixtures/metadata. */
export const PLATFORMS: readonly string[] = readdirSync(FOLDER)
  .filter(file => file.endsWith('.json'))
  .map(file => file.slice(0, -'.json'.length))
  .sort()

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
  /** In what people pack a document there; between them, the platforms have every layer once. */
  packing?: Layer[]
  document: { path: string; type: string; encoding: 'raw' | 'base64'; query?: Query }
  answers: Record<string, Known>
  /** Where it takes what a client posts; absent: nowhere. */
  accepts?: { path: string; type: string; query: Query }
  /** What a machine is called by its answers, in the form that Keel is to find. */
  identity: { instanceId: string; hostname: string }
  /** The answer for a document that nobody gave; absent: as for an unknown path. */
  unset?: { status: number; body: string }
  badQuery?: Known
  notFound: Known
}

/** The persona of a platform. */
export function personaOf(platform: string): Persona {
  return JSON.parse(readFileSync(join(FOLDER, `${platform}.json`), 'utf8')) as Persona
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
