import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { HARDWARE, type HardwareRow, modaliasOf } from '../../images/hardware.ts'
import { aliasMatches } from '../image/device-drivers.ts'

const row = (more: Partial<HardwareRow>): HardwareRow => ({
  ...{ platforms: ['x'], class: 'disk', device: 'd', driver: 'm', recipes: [], source: 's' },
  ...more,
})

test.each([
  [{ pci: { id: '1d0f:ec20', class: '020000' } }, 'pci:v00001D0Fd0000EC20sv00000000sd00000000bc02sc00i00'],
  [
    { pci: { id: '8086:7111', subsystem: '15ad:1976', class: '01018a' } },
    'pci:v00008086d00007111sv000015ADsd00001976bc01sc01i8A',
  ],
  [{ vmbus: 'f8615163-df3e-46c5-913f-f2d2f965ed0e' }, 'vmbus:635161f83edfc546913ff2d2f965ed0e'],
  [{ modalias: 'xen:vif' }, 'xen:vif'],
])('an id is written as sysfs shows it: %j', (id, alias) => {
  expect(modaliasOf(row(id))).toBe(alias)
})

test('every row of hardware.json has one id in its form, words for people, and a source', () => {
  const hex = (text: string, form: RegExp) => form.test(text)
  const wrong = HARDWARE.filter(({ pci, vmbus, modalias, ...one }) => {
    const ids = [pci, vmbus, modalias].filter(id => id !== undefined)
    const isFormed =
      (pci === undefined ||
        (hex(pci.id, /^[\da-f]{4}:[\da-f]{4}$/) &&
          hex(pci.subsystem ?? '0000:0000', /^[\da-f]{4}:[\da-f]{4}$/) &&
          hex(pci.class, /^[\da-f]{6}$/))) &&
      (vmbus === undefined || hex(vmbus, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)) &&
      (modalias === undefined || hex(modalias, /^\w+:\S+$/))
    const isDescribed = one.platforms.length > 0 && one.device.length > 2 && / /.test(one.source)
    const isKnown = /^(bus|cd-rom|disk|network|usb|watchdog|other)$/.test(one.class)
    return ids.length !== 1 || !isFormed || !isDescribed || !isKnown || !/^\w+$/.test(one.driver)
  })
  expect(wrong).toEqual([])
})

test('no device is in hardware.json twice for one platform', () => {
  const all = HARDWARE.flatMap(one => one.platforms.map(platform => `${platform} ${modaliasOf(one)}`))
  expect(all.filter((one, i) => all.indexOf(one) !== i)).toEqual([])
})

test('patterns match in the tests of images as in keel-init', () => {
  const cases: [string, string, boolean][] = JSON.parse(readFileSync('fixtures/module-aliases.json', 'utf8'))
  const different = cases.filter(([pattern, alias, fits]) => aliasMatches(pattern, alias) !== fits)
  expect(different).toEqual([])
})
