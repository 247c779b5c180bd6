/** How much user data each platform takes, and in which form it counts. */

interface Limit {
  readonly bytes: number
  /** How a platform counts: the document itself, or its base64, which is a third longer. */
  readonly counts: 'itself' | 'base64'
  /** How a packed document must be given: where only text is taken, in base64. */
  readonly packed: 'binary' | 'base64'
}

/** By the name that `keel.platform=` knows, or that people use. Nothing: a file or a disk, as large as it is. */
export const LIMITS: Readonly<Record<string, Limit | undefined>> = {
  aws: { bytes: 16_384, counts: 'itself', packed: 'binary' },
  azure: { bytes: 65_536, counts: 'base64', packed: 'binary' },
  digitalocean: { bytes: 65_536, counts: 'itself', packed: 'base64' },
  gcp: { bytes: 262_144, counts: 'itself', packed: 'base64' },
  hetzner: { bytes: 32_768, counts: 'itself', packed: 'base64' },
  libvirt: undefined,
  nocloud: undefined,
  openstack: { bytes: 65_535, counts: 'base64', packed: 'binary' },
  pxe: undefined,
  qemu: undefined,
  vmware: { bytes: 65_536, counts: 'itself', packed: 'base64' },
}

/** What a document takes of the limit, as it is and packed. */
export interface Use {
  readonly limitBytes: number
  readonly plainBytes: number
  readonly packedBytes: number
}

/** Nothing: the platform has no limit. */
export function useOf(platform: string, document: Uint8Array, packed: Uint8Array): Use | undefined {
  const limit = LIMITS[platform]
  if (limit === undefined) return undefined
  const counted = (length: number, isText: boolean) =>
    isText || limit.counts === 'base64' ? base64Length(length) : length
  return {
    limitBytes: limit.bytes,
    plainBytes: counted(document.length, false),
    packedBytes: counted(packed.length, limit.packed === 'base64'),
  }
}

const base64Length = (length: number) => Math.ceil(length / 3) * 4
