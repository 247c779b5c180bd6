/** Names on the wire: the names by which keelctl, images, init and machines find each other. None of them ever changes. */
import { PLATFORM_NAMES } from './platforms.ts'

/** One name, where it is used and what for. */
type Name = { readonly name: string; readonly where: string; readonly what: string }

export const NAMES = {
  configInline: {
    name: 'keel.config.inline=',
    where: 'kernel command line',
    what: 'the machine config as base64, mostly of its gzip; it is visible in /proc/cmdline, so never with a secret',
  },
  configUrl: {
    name: 'keel.config.url=',
    where: 'kernel command line',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the notation of init, not of TypeScript
    what: 'an http or https address of the machine config; `${uuid}`, `${serial}`, `${mac}` and `${hostname}` in it are replaced by facts of the machine',
  },
  configSha256: {
    name: 'keel.config.sha256=',
    where: 'kernel command line',
    what: 'the SHA-256 of the unpacked machine config in hexadecimal; init accepts no other, from any source',
  },
  configCa: {
    name: 'keel.config.ca=',
    where: 'kernel command line',
    what: "the certificate authority that https trusts instead of the image's: base64 of PEM or DER, or of the gzip of either",
  },
  configTimeout: {
    name: 'keel.config.timeout=',
    where: 'kernel command line',
    what: 'timeout in seconds for each network source; default: forever, or ten where KEEL-STATE has a machine config that serves',
  },
  network: {
    name: 'keel.network=',
    where: 'kernel command line',
    what: "the network for the search for the machine config, and of a config without `network.links`, in dracut's words: `ip=`, `vlan=`, `bond=`, `bridge=`, `nameserver=`, `rd.route=`, `ifname=`; several words in quotes, or the parameter several times",
  },
  proxy: {
    name: 'keel.proxy=',
    where: 'kernel command line',
    what: 'the HTTP proxy for `keel.config.url=`: `http://user:password@host:port`, the user may be left out; it is visible in /proc/cmdline',
  },
  platform: {
    name: 'keel.platform=',
    where: 'kernel command line',
    what: `platform whose metadata service is used, instead of the one that the firmware names: ${PLATFORM_NAMES.map(name => `\`${name}\``).join(', ')}`,
  },
  configDevice: {
    name: 'keel.config.device=',
    where: 'kernel command line',
    what: 'the machine config as a file on a filesystem: `LABEL=…:/path`, `UUID=…:/path`, `PARTUUID=…:/path` or `/dev/…:/path`',
  },
  configRequired: {
    name: 'keel.config.required=',
    where: 'kernel command line',
    what: '`no`: a machine without a machine config becomes an empty node instead of a failure',
  },
  stateAccept: {
    name: 'keel.state.accept=',
    where: 'kernel command line',
    what: 'the UUID of the machine whose KEEL-STATE this machine takes over, or its instance id where it has no UUID, or `none` where it has neither; needed for one boot, after the mainboard was replaced',
  },
  fwCfg: { name: 'opt/dev.keel/config', where: "QEMU's fw_cfg", what: 'the machine config' },
  smbios: {
    name: 'keel.config=',
    where: 'SMBIOS, a string of type 11',
    what: 'the machine config, plain or packed; at most some 60 KB',
  },
  keelDisk: {
    name: 'KEEL',
    where: 'label of a vfat',
    what: 'the machine config as the file `machine.json`',
  },
  nocloud: {
    name: 'cidata',
    where: 'label of an ISO 9660 or a vfat, in any case',
    what: 'the machine config as the file `user-data`; `instance-id` and `local-hostname` in `meta-data`',
  },
  configDrive: {
    name: 'config-2',
    where: 'label of an ISO 9660 or a vfat, in any case',
    what: 'the machine config as the file `openstack/latest/user_data`; identity in `openstack/latest/meta_data.json`',
  },
  events: { name: 'dev.keel.events', where: 'virtio-serial port', what: 'events, one JSON line each' },
  eventsFile: {
    name: '/run/keel/events.jsonl',
    where: 'the node',
    what: 'the events of this boot; those that no longer fit are in `events.1.jsonl`',
  },
  stateType: {
    name: '91c38142-9454-4d26-a439-5c3b54cd16b9',
    where: 'GPT partition type',
    what: 'KEEL-STATE: identity, /etc/kubernetes, keys',
  },
  dataType: {
    name: '526e29a7-0f29-47d9-8488-5de91b4da359',
    where: 'GPT partition type',
    what: 'KEEL-DATA: container store, pods, logs',
  },
  unfinishedType: {
    name: 'a53c1a5e-8b24-40e7-9f7e-12a3fedbf54f',
    where: 'GPT partition type',
    what: 'an unfinished partition; its label ends in `~new`',
  },
} as const satisfies Readonly<Record<string, Name>>
