import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Medium } from '../../src/qemu-media.ts'
import { FOREIGN } from '../metadata/foreign.ts'
import { bomb, packed, truncatedGzip } from '../metadata/pack.ts'
import { IN_RAM } from './configs.ts'
import { iso, vfat } from './media.ts'
import { fatalOf, type Outcome, outcome, story } from './source-outcome.ts'
import { type BootOptions, boot, machineConfig, tempDir } from './vm.ts'

const CONFIG = machineConfig([IN_RAM])
const OTHER = CONFIG.replace('in-ram', 'another')
const sha256 = (document: string) => createHash('sha256').update(document).digest('hex')

const smbios = (value: string | Buffer) => [{ type: 11, fields: { value: `keel.config=${value}` } }]
const inline = (document: string) => `keel.config.inline=${packed(document, 'gzip', 'base64')}`
const disk = (file: string): Medium => ({ file, as: 'disk' })

/** What a machine has where, and what comes of it. */
type Row = { name: string; given: (dir: string) => BootOptions; want: Outcome }

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
    want: { answers: ['nocloud config'], troubles: [], end: 'verified' },
  },
  {
    name: 'a config drive on vfat serves',
    given: dir => ({
      hardware: {
        nics: [],
        media: [disk(vfat(dir, 'config-2', { 'openstack/latest/user_data': packed(CONFIG, 'gzip') }))],
      },
    }),
    want: { answers: ['config-drive config'], troubles: [], end: 'verified' },
  },
  {
    name: 'two sources with different documents are refused',
    given: dir => ({
      cmdline: inline(OTHER),
      hardware: { nics: [], media: [disk(vfat(dir, 'KEEL', { 'machine.json': CONFIG }))] },
    }),
    want: {
      answers: ['cmdline-inline config', 'keel-disk config'],
      troubles: [],
      end: 'sources-disagree',
    },
  },
  {
    name: 'documents of other systems do not stand in the way of a machine config',
    given: dir => ({
      config: { bytes: CONFIG },
      hardware: {
        nics: [],
        media: [disk(iso(dir, 'cidata', { 'user-data': FOREIGN['cloud-config'], 'meta-data': '' }))],
      },
    }),
    want: { answers: ['fw-cfg config', 'nocloud fatal'], troubles: ['config-foreign'], end: 'verified' },
  },
  {
    name: 'a gzip that was cut short is refused',
    given: () => ({ config: { bytes: truncatedGzip(CONFIG) }, hardware: { nics: [] } }),
    want: { answers: ['fw-cfg fatal'], troubles: [], end: 'config-unreadable' },
  },
  {
    name: 'a bomb is refused',
    given: () => ({ config: { bytes: bomb() }, hardware: { nics: [] } }),
    want: { answers: ['fw-cfg fatal'], troubles: [], end: 'config-too-large' },
  },
  {
    name: 'a version that nobody knows yet is refused',
    given: () => ({ config: { bytes: CONFIG.replace('keel/v1', 'keel/v9') }, hardware: { nics: [] } }),
    want: { answers: ['fw-cfg config'], troubles: [], end: 'config-refused' },
  },
  {
    name: 'a document with another digest than the command line says is refused',
    given: () => ({
      config: { bytes: CONFIG },
      cmdline: `keel.config.sha256=${sha256(OTHER)}`,
      hardware: { nics: [] },
    }),
    want: { answers: ['fw-cfg config', 'fw-cfg fatal'], troubles: [], end: 'config-digest-mismatch' },
  },
  {
    name: 'a machine with nothing anywhere says so',
    given: () => ({ hardware: { nics: [] } }),
    want: { answers: [], troubles: [], end: 'config-missing' },
  },
]

for (const { name, given, want } of ROWS) {
  test(name, async () => {
    const vm = await boot(given(tempDir()))
    expect(await outcome(vm), story(vm)).toEqual(want)
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
  expect((await outcome(vm)).end, story(vm)).toBe('config-foreign')
  const named = vm.events.filter(({ type }) => type === 'failed').map(event => JSON.stringify(event.error))
  for (const what of [/Ignition/, /script/, /node config/, /cloud-config/, /multipart/]) {
    expect(
      named.some(error => what.test(error)),
      `${what}\n${named.join('\n')}`,
    ).toBe(true)
  }
  expect(JSON.stringify(fatalOf(vm))).not.toContain('echo hello')
})
