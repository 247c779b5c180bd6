/** The devices that machines show, and the driver that each needs. test/image holds every row against the images. */
import rows from './hardware.json' with { type: 'json' }

/** One device of `images/hardware.json`. */
export interface HardwareRow {
  /** Clouds, hypervisors, or `server`, that show it. */
  readonly platforms: readonly string[]
  readonly class: string
  /** What people call it. */
  readonly device: string
  /** A PCI device as lspci prints it; without a subsystem where no driver looks at it. */
  readonly pci?: { readonly id: string; readonly subsystem?: string; readonly class: string }
  /** A device of Hyper-V's VMBus by the GUID of its kind. */
  readonly vmbus?: string
  /** What sysfs shows, for a device of any other bus. */
  readonly modalias?: string
  /** Name of the kernel module, whether or not it is part of the kernel. */
  readonly driver: string
  /** Images that drive it. */
  readonly recipes: readonly string[]
  /** Where the id was published. */
  readonly source: string
}

export const HARDWARE: readonly HardwareRow[] = rows

/** What the file `modalias` of the device has in sysfs, by which init asks for the driver. */
export function modaliasOf(row: HardwareRow): string {
  if (row.pci) return pciAlias(row.pci)
  if (row.vmbus) return `vmbus:${bytesOfGuid(row.vmbus)}`
  if (row.modalias) return row.modalias
  throw new Error(`${row.device} has no id`)
}

function pciAlias({ id, subsystem = '0000:0000', class: code }: NonNullable<HardwareRow['pci']>): string {
  const [vendor, device, subvendor, subdevice] = [...id.split(':'), ...subsystem.split(':')].map(part =>
    part.toUpperCase().padStart(8, '0'),
  )
  const [base, sub, programming] = code.toUpperCase().match(/../g) ?? []
  return `pci:v${vendor}d${device}sv${subvendor}sd${subdevice}bc${base}sc${sub}i${programming}`
}

/** In memory the first three groups of a GUID have their low byte first. */
function bytesOfGuid(guid: string): string {
  const [a = '', b = '', c = '', ...rest] = guid.split('-')
  const reversed = (group: string): string => (group.match(/../g) ?? []).reverse().join('')
  return [a, b, c].map(reversed).concat(rest).join('')
}
