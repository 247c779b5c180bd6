/** Disks are selected by what sysfs says about them, which is not what other tools show. */
import { describe, expect, test } from 'vitest'
import { diagnosticsOf, HEAD, problemsOf } from './problems.ts'

const matching = (field: string, value: string) =>
  `${HEAD}storage: {disks: [{match: {${field}: ${JSON.stringify(value)}}, partitions: [{label: A, size: rest}]}]}\n`

/** The form that is told to write; nothing where none is. */
const better = (field: string, value: string) => {
  const [problem, ...more] = diagnosticsOf(matching(field, value))
  expect(more).toEqual([])
  expect(problem?.path).toEqual(['storage', 'disks', 0, 'match', field])
  return [problem?.code, /write `(.*)`/.exec(problem?.hint ?? '')?.[1]]
}

describe('a wwid from another tool gets its sysfs form in the hint', () => {
  test.each([
    // udev, lsblk -o WWN, multipath, scsi_id, lsblk of an NVMe drive
    ['wwn-0x50014ee2b1d2f7aa', 'naa.50014ee2b1d2f7aa'],
    ['/dev/disk/by-id/wwn-0x50014EE2B1D2F7AA', 'naa.50014ee2b1d2f7aa'],
    ['0x600508b1001c79ad6d5d1e1a7d8e6a11', 'naa.600508b1001c79ad6d5d1e1a7d8e6a11'],
    ['55cd2e414d1b2c3e', 'naa.55cd2e414d1b2c3e'],
    ['3600508b1001c79ad6d5d1e1a7d8e6a11', 'naa.600508b1001c79ad6d5d1e1a7d8e6a11'],
    ['scsi-355cd2e414d1b2c3e', 'naa.55cd2e414d1b2c3e'],
    ['20004d927a8b12345', 'eui.0004d927a8b12345'],
    ['nvme-eui.002538b471b40718', 'eui.002538b471b40718'],
    ['nvme-nvme.144d-5334-53-00000001', 'nvme.144d-5334-53-00000001'],
    ['eui.002538B471B40718', 'eui.002538b471b40718'],
    ['UUID.9C5A-01', 'uuid.9c5a-01'],
    ['NAA.50014ee2b1d2f7aa', 'naa.50014ee2b1d2f7aa'],
  ])('%s', (written, wanted) => {
    expect(better('wwid', written)).toEqual(['storage-match-form', wanted])
  })

  test.each([
    '0025388b710116a4',
    'wwn-0x12',
    '/dev/sda',
    '/dev/disk/by-id/ata-WDC_WD40_1',
    'usb-SanDisk_1-0:0',
    'virtio-abc',
  ])('or refused where that is not known: %s', written =>
    expect(better('wwid', written)).toEqual(['storage-match-form', undefined]),
  )

  test.each([
    'naa.50014ee2b1d2f7aa',
    'eui.002538b471b40718',
    't10.ATA     Samsung SSD 870 EVO 1TB                 S6PUNX0R',
    'nvme.144d-5334-53-00000001',
    'iqn.2001-04.com.example:disk1',
  ])('and left alone where it is sysfs’s: %s', written => {
    expect(problemsOf(matching('wwid', written))).toEqual([])
  })

  test('capital digits of naa. are doubtful: a target may spell a name of its own', () => {
    expect(better('wwid', 'naa.50014EE2B1D2F7AA')).toEqual(['storage-match-doubtful', 'naa.50014ee2b1d2f7aa'])
  })
})

test('a device is neither a serial nor a model', () => {
  for (const field of ['serial', 'model'])
    expect(better(field, '/dev/disk/by-id/nvme-Samsung_SSD_980_S64D')).toEqual([
      'storage-match-form',
      undefined,
    ])
})

test('a control character is in no fact of a disk', () => {
  for (const field of ['serial', 'model', 'wwid'])
    expect(better(field, 'a\u0007b')).toEqual(['storage-match-form', undefined])
})

test('a model with the underscores of udev is doubtful', () => {
  expect(better('model', 'Samsung_SSD_980_1TB')).toEqual(['storage-match-doubtful', 'Samsung SSD 980 1TB'])
  expect(better('model', 'QEMU_HARDDISK')).toEqual(['storage-match-doubtful', 'QEMU HARDDISK'])
  for (const model of ['QEMU HARDDISK', 'ST4000NM0035-1V4107', 'Model_A 1TB'])
    expect(problemsOf(matching('model', model))).toEqual([])
})

describe('a script that was saved on Windows', () => {
  const bytes = (text: string) => Buffer.from(text).toString('base64')
  const file = (text: string) =>
    problemsOf(`${HEAD}storage: {files: [{path: /opt/a, contents: {base64: ${bytes(text)}}}]}\n`)

  test.each([
    '#!/bin/sh\r\nexit 0\r\n',
    '#! /usr/bin/env python3\r\nprint(1)\n',
    '#!/opt/tool -x\r\n',
    '#!/bin/sh\r',
  ])('%j', text => expect(file(text)).toEqual(['storage-script-carriage-return $.storage.files[0].path']))

  test.each([
    '#!/bin/sh\nexit 0\n',
    '# no script\r\na\r\n',
    '#!/bin/sh\nx\r\n',
    '#!\r\n',
    'a\r\n#!/bin/sh\r\n',
  ])('and not %j', text => expect(file(text)).toEqual([]))
})
