/** A virtual machine that starts from a disk image and finds its config on a seed: the same one for every target. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { UsageError } from '../cli/errors.ts'
import { type SeedKind, seedKindOf } from '../config/seed.ts'
import { type Accelerator, DEFAULTS } from '../vm/qemu.ts'
import type { Given } from './target.ts'

export interface VirtualMachine extends Machine {
  readonly disk: { readonly file: string; readonly format: 'raw' | 'qcow2' }
}

/** The machine without its disk, where another program makes that. */
export interface Machine {
  readonly name: string
  readonly uuid: string
  readonly mac: string
  readonly memoryMib: number
  readonly cpus: number
  readonly accelerator: Accelerator
  readonly seed: { readonly file: string; readonly kind: SeedKind }
  /** A bridge of the host; absent: what the target has of its own. */
  readonly bridge: string | undefined
  /** Where its events go, one JSON line each. */
  readonly events: string | undefined
}

/** What every target that describes a machine has in common. */
export const MACHINE_REQUIRED = ['disk', 'seed'] as const
export const MACHINE_OPTIONAL = ['name', 'memory', 'cpus', 'accelerator', 'bridge', 'mac', 'events'] as const

export function virtualMachine(given: Given<(typeof MACHINE_REQUIRED)[number]>): VirtualMachine {
  return { ...machineWithoutDisk(given), disk: { file: given.disk, format: formatOf(given.disk) } }
}

/** A machine of the same name is the same machine wherever and whenever it is rendered: so are its UUID and its MAC. */
export function machineWithoutDisk(given: Given<'seed'>): Machine {
  const seed = { file: given.seed, kind: kindOf(given.seed) }
  const name = given.name ?? nameOf(given.seed)
  const digest = createHash('sha256').update(`keel machine ${name}`).digest()
  return {
    name,
    uuid: uuidOf(digest),
    mac: given.mac ?? `52:54:00:${(digest.toString('hex').match(/../g) ?? []).slice(-3).join(':')}`,
    memoryMib: given.memory ?? DEFAULTS.memoryMib,
    cpus: given.cpus ?? DEFAULTS.cpus,
    accelerator: given.accelerator ?? 'kvm',
    seed,
    bridge: given.bridge,
    events: given.events,
  }
}

/** What a machine may be called: hypervisors make names of files of it. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

function nameOf(seed: string): string {
  const name = basename(seed).replace(/\.[^.]+$/, '')
  if (NAME.test(name)) return name
  throw new UsageError('the name of the seed cannot be the name of a machine: set --name')
}

function kindOf(seed: string): SeedKind {
  const kind = seedKindOf(seed)
  if (kind !== undefined) return kind
  throw new UsageError('--seed: its name must end in .iso (a CD-ROM) or .img (a small disk)')
}

function formatOf(disk: string): 'raw' | 'qcow2' {
  if (disk.endsWith('.qcow2')) return 'qcow2'
  if (/\.(raw|img)$/.test(disk)) return 'raw'
  throw new UsageError('--disk: its name must end in .qcow2, .raw or .img')
}

/** Version 8: made by a rule of one's own (RFC 9562). */
function uuidOf(digest: Buffer): string {
  const bytes = Buffer.from(digest.subarray(0, 16))
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
