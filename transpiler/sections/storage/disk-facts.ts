/** Serials, models and identifiers as people find them: in lsblk, udev and /dev/disk/by-id, where they look otherwise than in sysfs. */
import type { FullDiskMatch } from './types.ts'

/** What is wrong with a fact in `match`, as a phrase that follows a colon, and what it would be in sysfs. */
export interface FactProblem {
  readonly isError: boolean
  readonly why: string
  readonly better: string | undefined
}

/** Why no disk, or hardly any, can have this fact. */
export function factProblem(
  field: 'serial' | 'wwid' | 'model',
  { [field]: value }: FullDiskMatch,
): FactProblem | undefined {
  if (value === undefined) return undefined
  if (/\p{Cc}/u.test(value)) return never('it contains a control character')
  if (field === 'wwid') return wwidProblem(value)
  if (value.startsWith('/dev/')) return never('it is a device name')
  const isFromUdev = field === 'model' && value.includes('_') && !value.includes(' ')
  return isFromUdev
    ? { isError: false, why: 'udev shows spaces as underscores', better: value.replaceAll(/_+/g, ' ').trim() }
    : undefined
}

/** Digits of a NAA identifier: eight bytes, or sixteen where they begin with a 6. */
const NAA = /^(?:[2356][0-9a-f]{15}|6[0-9a-f]{31})$/
/** Beginnings of names in /dev/disk/by-id that are made of other facts than the wwid. */
const BY_ID = /^(ata|usb|virtio|mmc|dm|lvm|md|google|scsi-[0SQ])[-_]/

function wwidProblem(written: string): FactProblem | undefined {
  const text = written.replace(/^\/dev\/disk\/by-id\//, '')
  const better = sysfsForm(text)
  if (better !== undefined && better !== written)
    return { isError: true, why: 'sysfs writes it in another form', better }
  // A few SCSI targets spell a name of their own, which sysfs hands on as it is.
  if (/^naa\.[0-9a-fA-F]*[A-F]/.test(text))
    return { isError: false, why: 'sysfs writes its digits in lower case', better: text.toLowerCase() }
  if (written.startsWith('/dev/')) return never('it is a device name')
  if (/^(0x)?[0-9a-f]{8,}$/i.test(text) || /^(wwn|scsi|nvme)-/.test(text))
    return never('in sysfs it starts with naa., eui., nvme. or t10.')
  return BY_ID.test(text) ? never('it is a name made by udev, of model and serial') : undefined
}

function never(why: string): FactProblem {
  return { isError: true, why, better: undefined }
}

/** The form of sysfs; nothing where it is unknown. */
function sysfsForm(text: string): string | undefined {
  const plain = text.replace(/^nvme-(?=(eui|uuid|nvme)\.)/, '')
  if (/^(eui|uuid)\./i.test(plain)) return plain.toLowerCase()
  if (/^naa\./i.test(plain) && !plain.startsWith('naa.')) return plain.toLowerCase()
  if (plain !== text) return plain
  const digits = text.toLowerCase().replace(/^wwn-/, '').replace(/^0x/, '')
  if (NAA.test(digits)) return `naa.${digits}`
  // Tools that speak SCSI put the kind of the identifier before it: 3 for NAA, 2 for EUI.
  const [, kind, rest = ''] = /^(?:scsi-)?([23])([0-9a-f]+)$/.exec(digits) ?? []
  if (kind === '3' && NAA.test(rest)) return `naa.${rest}`
  return kind === '2' && /^[0-9a-f]{16}$/.test(rest) ? `eui.${rest}` : undefined
}
