import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Medium } from '../../src/vm/qemu-media.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { FOREIGN } from '../metadata/foreign.ts'
import { bomb, packed, truncatedGzip } from '../metadata/pack.ts'
import { WEB, WEB_PATH } from '../metadata/profile.ts'
import { IN_RAM } from './configs.ts'
import { filesystemAt, readFrom } from './disk.ts'
import { ext4, iso, vfat, vfatPartition } from './media.ts'
import { openNamespace, WEB_ADDRESS } from './namespace.ts'
import { fatalOf, type Outcome, outcome, transcript } from './source-outcome.ts'
import { type BootOptions, boot, machineConfig, newDisk, powerOff, steady, tempDir } from './vm.ts'

const CONFIG = machineConfig([IN_RAM])
const OTHER = CONFIG.replace('in-ram', 'another')
const sha256 = (document: string) => createHash('sha256').update(document).digest('hex')

/** The same document as nobody's tool would write it. */
const rewritten = (document: string) =>
  JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(document)).reverse()), null, 3)

/** The same with one more link. */
function withLink(path: string): string {
  const { storage, ...rest } = JSON.parse(CONFIG)
  return JSON.stringify({ ...rest, storage: { ...storage, links: [{ path, target: 'y' }] } })
}

const UUID = '1d4e5a3c-7b2f-4c66-8f0a-9e1b2c3d4e5f'
const smbios = (value: string | Buffer) => [{ type: 11, fields: { value: `keel.config=${value}` } }]
const inline = (document: string) => `keel.config.inline=${packed(document, 'gzip', 'base64')}`
const disk = (file: string): Medium => ({ file, as: 'disk' })

/** What a machine has where, and what comes of it. */
type Row = { name: string; given: (dir: string) => BootOptions; want: Outcome }

test('every place on the machine and on the command line is asked, and equal documents are one', async () => {
  const namespace = openNamespace()
  const web = await namespace.start(WEB_ADDRESS, { profile: WEB, document: CONFIG })
  const dir = tempDir()
  const url = `http://${WEB_ADDRESS}${WEB_PATH}?u=\${uuid}&s=\${serial}&m=\${mac}&h=\${hostname}`
  const vm = await boot({
    inside: namespace.inside,
    cmdline: [
      inline(CONFIG),
      `keel.config.url=${url}`,
      'keel.config.device=LABEL=MINE:/keel/machine.json',
      `keel.config.sha256=${sha256(CONFIG)}`,
    ].join(' '),
    config: { bytes: packed(CONFIG, 'zstd') },
    hardware: {
      nics: [namespace.nic],
      uuid: UUID,
      smbios: [
        { type: 1, fields: { manufacturer: 'Some, Maker', serial: 'a serial/7' } },
        ...smbios(packed(CONFIG, 'gzip', 'base64')),
      ],
      media: [
        disk(ext4(dir, 'MINE', { 'keel/machine.json': packed(CONFIG, 'gzip') })),
        disk(vfatPartition(dir, 'KEEL', { 'machine.json': CONFIG })),
        {
          as: 'ide-cd',
          file: iso(dir, 'cidata', { 'user-data': packed(CONFIG, 'base64-lines'), 'meta-data': '' }),
        },
        { as: 'scsi-cd', file: iso(dir, 'config-2', { 'openstack/latest/user_data': CONFIG }) },
      ],
    },
  })
  expect(await outcome(vm), transcript(vm)).toEqual({
    answers: [
      'cmdline-inline config',
      'cmdline-url config',
      'cmdline-device config',
      'fw-cfg config',
      'smbios config',
      'keel-disk config',
      'nocloud config',
      'config-drive config',
    ],
    failures: [],
    end: 'verified',
  })
  expect(digestsOf(vm)).toEqual([sha256(CONFIG)])
  expect(web.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
    ['GET', `${WEB_PATH}?u=${UUID}&s=a%20serial%2F7&m=52%3A54%3A00%3A12%3A34%3A56&h=from-dhcp`, 200],
  ])
})

/** The digests of all documents that were found. */
function digestsOf(vm: Vm): unknown[] {
  const found = vm.events.filter(event => event.type === 'source-answered' && event.answer === 'config')
  return [...new Set(found.map(event => event.sha256))]
}

test('a seed names the machine also where its document is for another system, or where it has none', async () => {
  const named = `
apiVersion: keel/v1
hostname: {from: [metadata]}
network: {links: []}
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: rest}]
kubernetes: {role: none}
`
  const names = ['local-hostname: w1\n', '"instance-id": 4711\n"local-hostname": "w1.example.org"\n']
  for (const [i, document] of [{ 'user-data': FOREIGN['cloud-config'] }, {}].entries()) {
    const media = [disk(iso(tempDir(), 'cidata', { ...document, 'meta-data': names[i] ?? '' }))]
    const state = newDisk()
    const vm = await boot({ config: [named], disk: state, hardware: { nics: [], media } })
    // Without a name the boot ends.
    await steady(vm)
    await powerOff(vm)
    expect(readFrom(filesystemAt(state, 'KEEL-STATE'), '/identity/hostname')).toBe('w1\n')
  }
})

const ROWS: Row[] = [
  {
    name: 'a NoCloud seed with an upper-case label on vfat serves, with a name from its meta-data',
    given: dir => ({
      hardware: {
        nics: [],
        media: [
          disk(
            vfat(dir, 'CIDATA', {
              'user-data': CONFIG,
              'meta-data': 'instance-id: i-1\nlocal-hostname: w1\n',
            }),
          ),
        ],
      },
    }),
    want: { answers: ['nocloud config'], failures: [], end: 'verified' },
  },
  {
    name: 'a config drive on vfat serves',
    given: dir => ({
      hardware: {
        nics: [],
        media: [disk(vfat(dir, 'config-2', { 'openstack/latest/user_data': packed(CONFIG, 'gzip') }))],
      },
    }),
    want: { answers: ['config-drive config'], failures: [], end: 'verified' },
  },
  {
    name: 'two sources with different documents are refused',
    given: dir => ({
      cmdline: inline(OTHER),
      hardware: { nics: [], media: [disk(vfat(dir, 'KEEL', { 'machine.json': CONFIG }))] },
    }),
    want: {
      answers: ['cmdline-inline config', 'keel-disk config'],
      failures: [],
      end: 'sources-disagree',
    },
  },
  {
    name: 'two sources with one document in other white space and another order of keys agree',
    given: dir => ({
      cmdline: inline(rewritten(CONFIG)),
      hardware: { nics: [], media: [disk(vfat(dir, 'KEEL', { 'machine.json': CONFIG }))] },
    }),
    want: { answers: ['cmdline-inline config', 'keel-disk config'], failures: [], end: 'verified' },
  },
  {
    name: 'a truncated machine config is reported as that',
    given: () => ({
      config: { bytes: CONFIG.slice(0, CONFIG.length / 2) },
      hardware: { nics: [] },
    }),
    want: { answers: ['fw-cfg config'], failures: [], end: 'config-unreadable' },
  },
  {
    name: 'a value that no node can apply is refused before anything is written',
    given: () => ({
      config: { bytes: withLink('/etc/../../x') },
      hardware: { nics: [] },
    }),
    want: { answers: ['fw-cfg config'], failures: [], end: 'config-refused' },
  },
  {
    name: 'meta-data that is not YAML costs a name and no boot',
    given: dir => ({
      hardware: {
        nics: [],
        media: [disk(iso(dir, 'cidata', { 'user-data': CONFIG, 'meta-data': 'a: b: c\n' }))],
      },
    }),
    want: { answers: ['nocloud config'], failures: ['source-unreadable'], end: 'verified' },
  },
  {
    name: 'documents of other systems do not block a machine config',
    given: dir => ({
      config: { bytes: CONFIG },
      hardware: {
        nics: [],
        media: [disk(iso(dir, 'cidata', { 'user-data': FOREIGN['cloud-config'], 'meta-data': '' }))],
      },
    }),
    want: { answers: ['fw-cfg config', 'nocloud fatal'], failures: ['config-foreign'], end: 'verified' },
  },
  {
    name: 'a truncated gzip is refused',
    given: () => ({ config: { bytes: truncatedGzip(CONFIG) }, hardware: { nics: [] } }),
    want: { answers: ['fw-cfg fatal'], failures: [], end: 'config-unreadable' },
  },
  {
    name: 'a bomb is refused',
    given: () => ({ config: { bytes: bomb() }, hardware: { nics: [] } }),
    want: { answers: ['fw-cfg fatal'], failures: [], end: 'config-too-large' },
  },
  {
    name: 'a version that nobody knows yet is refused',
    given: () => ({ config: { bytes: CONFIG.replace('keel/v1', 'keel/v9') }, hardware: { nics: [] } }),
    want: { answers: ['fw-cfg config'], failures: [], end: 'config-refused' },
  },
  {
    name: 'a document with another digest than the command line says is refused',
    given: () => ({
      config: { bytes: CONFIG },
      cmdline: `keel.config.sha256=${sha256(OTHER)}`,
      hardware: { nics: [] },
    }),
    want: { answers: ['fw-cfg config', 'fw-cfg fatal'], failures: [], end: 'config-digest-mismatch' },
  },
  {
    name: 'a machine with nothing anywhere says so',
    given: () => ({ hardware: { nics: [] } }),
    want: { answers: [], failures: [], end: 'config-missing' },
  },
]

for (const { name, given, want } of ROWS) {
  test(name, async () => {
    const vm = await boot(given(tempDir()))
    expect(await outcome(vm), transcript(vm)).toEqual(want)
  })
}

test('documents of other systems alone end the boot, and each is named as what it is', async () => {
  const dir = tempDir()
  const vm = await boot({
    config: { bytes: FOREIGN.ignition },
    hardware: {
      nics: [],
      smbios: smbios(FOREIGN['shell script']),
      media: [
        disk(vfat(dir, 'KEEL', { 'machine.json': FOREIGN['node config'] })),
        disk(iso(dir, 'cidata', { 'user-data': FOREIGN['cloud-config'], 'meta-data': '' })),
        disk(iso(dir, 'config-2', { 'openstack/latest/user_data': FOREIGN['MIME multipart'] })),
      ],
    },
  })
  expect((await outcome(vm)).end, transcript(vm)).toBe('config-foreign')
  const named = vm.events.filter(({ type }) => type === 'failed').map(event => JSON.stringify(event.error))
  for (const what of [/Ignition/, /script/, /node config/, /cloud-config/, /multipart/]) {
    expect(
      named.some(error => what.test(error)),
      `${what}\n${named.join('\n')}`,
    ).toBe(true)
  }
  expect(JSON.stringify(fatalOf(vm))).not.toContain('echo hello')
})
