/** A NoCloud seed: a small disk or CD labelled cidata, from which a machine takes its machine config. */
import { createHash } from 'node:crypto'
import { fat, iso } from '../../images/index.ts'

/** The forms of a seed. */
export const SEEDS = ['iso', 'vfat'] as const
export type SeedKind = (typeof SEEDS)[number]

/** By the name of its file. */
export function seedKindOf(file: string): SeedKind | undefined {
  if (file.endsWith('.iso')) return 'iso'
  return /\.(img|vfat|raw)$/.test(file) ? 'vfat' : undefined
}

/** What is on a seed. */
export interface Seed {
  /** The machine config as JSON text. */
  readonly config: string
  /** By which the machine knows that it is still the same; must not change while the machine lives. */
  readonly instanceId: string
  /** Host name for configs that leave it to the seed. */
  readonly hostname?: string | undefined
}

const MIB = 1024 * 1024
/** A power of two that holds the files and FAT's own tables. */
const sizeFor = (bytes: number): number => 2 ** Math.max(22, Math.ceil(Math.log2(bytes + MIB)))

/** The bytes of a seed. The same seed is always the same bytes. */
export function seedBytes({ config, instanceId, hostname }: Seed, kind: SeedKind): Uint8Array {
  const metaData = [
    `instance-id: ${instanceId}`,
    ...(hostname === undefined ? [] : [`local-hostname: ${hostname}`]),
  ]
  const files = [
    { name: 'meta-data', bytes: Buffer.from(`${metaData.join('\n')}\n`) },
    { name: 'user-data', bytes: Buffer.from(config) },
  ]
  return kind === 'iso' ? iso('cidata', files) : vfat(files)
}

function vfat(files: readonly { name: string; bytes: Buffer }[]): Uint8Array {
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const sizeBytes = sizeFor(total)
  const digest = createHash('sha256')
  for (const { bytes } of files) digest.update(bytes)
  const image = Buffer.alloc(sizeBytes)
  const options = { sizeBytes, label: 'CIDATA', id: digest.digest().readUInt32LE(0) }
  for (const { offset, bytes } of fat(
    files.map(({ name, bytes }) => ({ path: name, bytes })),
    options,
  ))
    image.set(bytes, offset)
  return image
}
