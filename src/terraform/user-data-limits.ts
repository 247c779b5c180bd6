/** How much user data each platform takes, and in which form it counts. */
import { PLATFORMS, type UserDataLimit } from '../../schema/platforms.ts'

/** How a machine without a metadata service is given its config: by a file or a disk, as large as it is. */
const OTHERS = { libvirt: undefined, nocloud: undefined, pxe: undefined, qemu: undefined }

/** Platforms that have user data, but whose user data keel-init does not read. */
export const NEEDS_SEED: readonly string[] = ['vmware']

/** By the name that `keel.platform=` knows, or that people use, in the order of the alphabet. */
export const LIMITS: Readonly<Record<string, UserDataLimit | undefined>> = Object.fromEntries(
  [...PLATFORMS.map(({ name, userData }) => [name, userData] as const), ...Object.entries(OTHERS)].sort(
    ([a], [b]) => (a < b ? -1 : 1),
  ),
)

/** What a document takes of the limit, as it is and packed. */
export interface LimitUsage {
  readonly limitBytes: number
  readonly plainBytes: number
  readonly packedBytes: number
}

/** Nothing: the platform has no limit. */
export function limitUsage(
  platform: string,
  document: Uint8Array,
  packed: Uint8Array,
): LimitUsage | undefined {
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
