/** Names on the wire: what keelctl, images, init and machines call each other by. Each was chosen once and never changes. */

/** One name, where it stands and what it is for. */
type Name = { readonly name: string; readonly where: string; readonly what: string }

export const NAMES = {
  configInline: {
    name: 'keel.config.inline=',
    where: 'kernel command line',
    what: 'the machine config as base64, mostly of its gzip; it shows in /proc/cmdline, so never with a secret',
  },
  configRequired: {
    name: 'keel.config.required=',
    where: 'kernel command line',
    what: '`no`: a machine without a machine config becomes an empty node instead of a failure',
  },
  fwCfg: { name: 'opt/dev.keel/config', where: "QEMU's fw_cfg", what: 'the machine config' },
  events: { name: 'dev.keel.events', where: 'virtio-serial port', what: 'events, one JSON line each' },
  eventsFile: { name: '/run/keel/events.jsonl', where: 'the node', what: 'all events of this boot' },
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
    what: 'a partition in the making; its label ends in `~new`',
  },
} as const satisfies Readonly<Record<string, Name>>
