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

/**
 * What one path answers. `{version}` in a path stands for one of the profile's versions. `plain` is what it says to a client whose
 * `Accept` does not ask for exactly this type.
 */
export type Known = { type: string; body: string; query?: Query; plain?: string }

/** Parameters that must be there, each with the values that are understood. */
export type Query = Record<string, string[]>

/** How a metadata service behaves, as its documentation says: paths, needed and refused headers, the way to a token. */
export type Profile = {
  /** Where it is, without brackets; absent: at 169.254.169.254. */
  addresses?: string[]
  /** What the firmware of its machines says. */
  smbios: SmbiosTable[]
  uuid: string
  /** On every answer. */
  headers: Record<string, string>
  neededHeader?: { name: string; value: string; otherwise: number }
  /** What a client gets that asks for the document from a port of 1024 or above. */
  highPort?: { status: number }
  /** Headers that only a proxy adds; a request with one is answered 403. */
  refusedHeaders: string[]
  token?: { path: string; ttlHeader: string; maxTtl: number; header: string }
  versions?: string[]
  /** Parameters of every path. */
  query?: Query
  /** In what people pack a document there; between them, the platforms have every layer once. */
  packing?: Layer[]
  document: {
    path: string
    /** Where it is as well. */
    otherPath?: string
    type: string
    encoding: 'raw' | 'base64'
    query?: Query
    /** The values of `Accept` that bring it; others are answered 406. */
    accept?: string[]
  }
  answers: Record<string, Known>
  /** Where it takes what a client posts; absent: nowhere. */
  accepts?: { path: string; type: string; query: Query }
  /** What a machine is called by its answers, in the form that Keel is to find. */
  identity: { instanceId: string; hostname: string }
  /** What the platform's cloud controller manager makes of its answers: the provider's id of the node, and labels. */
  node: Record<string, string>
  /** The answer for a document that nobody gave; absent: as for an unknown path. */
  unset?: { status: number; body: string }
  badQuery?: Known
  notFound: Known
}

/** The profile of a platform. */
export function profileOf(platform: string): Profile {
  return JSON.parse(readFileSync(join(FOLDER, `${platform}.json`), 'utf8')) as Profile
}

/** Where every platform has its metadata service that says nothing else. */
export const METADATA_ADDRESS = '169.254.169.254'

/** Where the service of a platform is, the address that is asked first at the beginning. */
export const addressesOf = ({ addresses = [METADATA_ADDRESS] }: Profile): readonly string[] => addresses

/** Where the plain web server has its document. */
export const WEB_PATH = '/machine.json'

/** A plain web server: no platform, no rules. */
export const WEB: Profile = {
  smbios: [],
  uuid: '',
  headers: {},
  refusedHeaders: [],
  document: { path: WEB_PATH, type: 'application/json', encoding: 'raw' },
  answers: {},
  identity: { instanceId: '', hostname: '' },
  node: {},
  notFound: { type: 'text/plain', body: 'not found\n' },
}
