import type { MachineOptions } from '../../src/vm/machine-in-folder.ts'
import type { SmbiosTable } from '../../src/vm/qemu.ts'
import type { Medium } from '../../src/vm/qemu-media.ts'
import { WEB_ADDRESS } from '../metadata/namespace.ts'
import { packed } from '../metadata/pack.ts'
import { addressesOf, PLATFORMS, type Profile, profileOf, WEB, WEB_PATH } from '../metadata/profile.ts'
import { ext4, iso, vfat } from '../vm/media.ts'

/** Where a machine config lies for one boot, and what serves it while the machine runs. */
export type Place = {
  config?: string
  cmdline?: string
  hardware?: MachineOptions['hardware']
  service?: { address: string; profile: Profile; document: string | Buffer }
}

/** One place for every source, by the source's name in events. */
export const PLACES: Record<string, (document: string, dir: string) => Place> = {
  'fw-cfg': document => ({ config: document }),
  'cmdline-inline': document => ({ cmdline: `keel.config.inline=${packed(document, 'gzip', 'base64')}` }),
  'cmdline-url': document => ({
    cmdline: `keel.config.url=http://${WEB_ADDRESS}${WEB_PATH}`,
    service: { address: WEB_ADDRESS, profile: WEB, document },
  }),
  'cmdline-device': (document, dir) => ({
    cmdline: 'keel.config.device=LABEL=MINE:/machine.json',
    ...medium({ file: ext4(dir, 'MINE', { 'machine.json': document }), as: 'disk' }),
  }),
  smbios: document => ({ hardware: { smbios: [text(`keel.config=${packed(document, 'gzip', 'base64')}`)] } }),
  'keel-disk': (document, dir) =>
    medium({ file: vfat(dir, 'KEEL', { 'machine.json': document }), as: 'disk' }),
  nocloud: (document, dir) =>
    medium({ file: iso(dir, 'cidata', { 'user-data': document, 'meta-data': '' }), as: 'ide-cd' }),
  'config-drive': (document, dir) =>
    medium({ file: iso(dir, 'config-2', { 'openstack/latest/user_data': document }), as: 'ide-cd' }),
  ...Object.fromEntries(
    PLATFORMS.map(name => [name, profileOf(name)] as const)
      // QEMU's own network gives every connection a port of its own choice.
      .filter(([, profile]) => profile.highPort === undefined)
      .map(([name, profile]) => [name, onPlatform(profile)]),
  ),
  // Its attributes are text, and the profile says that this one is in base64.
  gcp: document => onPlatform(profileOf('gcp'))(packed(document, 'base64')),
}

/** The platform's firmware and its metadata service. */
function onPlatform(profile: Profile): (document: string | Buffer) => Place {
  const { smbios, uuid } = profile
  return document => ({
    hardware: { smbios, ...(uuid && { uuid }) },
    service: { address: addressesOf(profile)[0] ?? '', profile, document },
  })
}

const medium = (medium: Medium): Place => ({ hardware: { media: [medium] } })
const text = (value: string): SmbiosTable => ({ type: 11, fields: { value } })
