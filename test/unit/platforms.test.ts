/** Each row of the table of platforms, compared with fixtures/metadata of that platform: no machine is booted. */
import { expect, test } from 'vitest'
import {
  type Fact,
  type Header,
  type Mark,
  PLATFORM_NAMES,
  PLATFORMS,
  type Platform,
} from '../../schema/platforms.ts'
import { LIMITS } from '../../src/terraform/user-data-limits.ts'
import { type Answer, type Service, serviceOf } from '../metadata/answer.ts'
import { addressesOf, PLATFORMS as PROFILES, type Profile, profileOf } from '../metadata/profile.ts'

const DOCUMENT = '{"apiVersion":"keel/v1"}\n'

/** What the kernel calls the fields of SMBIOS tables that QEMU sets. */
const FILES: Readonly<Record<string, string>> = {
  '0 vendor': 'bios_vendor',
  '1 manufacturer': 'sys_vendor',
  '1 product': 'product_name',
  '1 serial': 'product_serial',
  '3 asset': 'chassis_asset_tag',
}

/** /sys/class/dmi/id of a machine of a profile. */
function firmwareOf({ smbios, uuid }: Profile): ReadonlyMap<string, string> {
  const fields = smbios.flatMap(({ type, fields }) =>
    Object.entries(fields).map(([name, value]) => [FILES[`${type} ${name}`] ?? '', value] as const),
  )
  return new Map([...fields, ['product_uuid', uuid]])
}

function fits(mark: Mark, firmware: ReadonlyMap<string, string>): boolean {
  const value = firmware.get(mark.file) ?? ''
  if ('is' in mark) return value === mark.is
  return 'startsWith' in mark ? value.startsWith(mark.startsWith) : /^ec2/i.test(value)
}

/** Asks as the row says, with a token where it wants one, and with `more` headers. */
function get(
  { token, headers = [], needsLowPort }: Platform,
  service: Service,
  path: string,
  more: readonly Header[] = [],
): Answer {
  const port = needsLowPort ? 1023 : 1024
  const named = (all: Iterable<readonly [string, string]>) =>
    Object.fromEntries([...all].map(([name, value]) => [name.toLowerCase(), value]))
  const all = [...headers, ...more]
  if (token === undefined) return service.answer({ method: 'GET', url: path, headers: named(all), port })
  const given = service.answer({ method: 'PUT', url: token.path, headers: named([token.header]) })
  const carried = named([...all, [token.carriedBy, given.body.toString()]])
  return service.answer({ method: 'GET', url: path, headers: carried, port })
}

function factOf(row: Platform, fact: Fact, profile: Profile): string {
  if ('firmware' in fact) return firmwareOf(profile).get(fact.firmware) ?? ''
  const service = serviceOf(profile, undefined)
  const text = get(row, service, 'text' in fact ? fact.text : fact.json, row.factHeaders).body.toString()
  if ('text' in fact) return text
  return String(fact.field.split('/').reduce((value, key) => value[key], JSON.parse(text)))
}

test('every row has a profile, every profile a row, and every row its limit of user data', () => {
  const names = PLATFORMS.map(({ name }) => name).sort()
  expect(PROFILES).toEqual(names)
  expect(names.filter(name => LIMITS[name] === undefined)).toEqual([])
  expect(new Set(PLATFORM_NAMES).size).toBe(PLATFORM_NAMES.length)
})

test.each(PLATFORMS)('$name: its signs are those of its machines, and of no other platform', row => {
  const fitting = PROFILES.filter(name => row.marks.some(mark => fits(mark, firmwareOf(profileOf(name)))))
  expect(fitting).toEqual([row.name])
})

test.each(PLATFORMS)('$name: its service is where the row says', row => {
  const bare = (row.addresses ?? ['169.254.169.254']).map(address => address.replace(/^\[(.*)\]$/, '$1'))
  expect(bare).toEqual(addressesOf(profileOf(row.name)))
})

test.each(PLATFORMS)('$name: the request of its row brings the document, in the encoding of the row', row => {
  const profile = profileOf(row.name)
  const { what, status, body } = get(row, serviceOf(profile, Buffer.from(DOCUMENT)), row.document)
  expect([what, status]).toEqual(['document', 200])
  const text = row.encoding === 'base64' ? Buffer.from(body.toString(), 'base64') : body
  expect(text.toString()).toBe(DOCUMENT)
  if (typeof row.encoding === 'object')
    expect(get(row, serviceOf(profile, undefined), row.encoding.writtenAt).status).toBe(200)
  if (row.otherDocument)
    expect(get(row, serviceOf(profile, Buffer.from(DOCUMENT)), row.otherDocument).status).toBe(200)
  const none = get(row, serviceOf(profile, undefined), row.document)
  expect(none.status === 200 ? none.body.length === 0 : row.absent.includes(none.status)).toBe(true)
})

test.each(PLATFORMS)('$name: host name and instance id are where the row says', row => {
  const profile = profileOf(row.name)
  expect(factOf(row, row.instanceId, profile).toLowerCase()).toBe(profile.identity.instanceId)
  const name = factOf(row, row.hostname, profile)
  expect(name.split(' ')[0]?.split('.')[0]).toBe(profile.identity.hostname)
})

test.each(PLATFORMS)(
  '$name: each text about the node is made of pieces, and all pieces are used',
  ({ node }) => {
    const { pieces, providerId, zone = '', region = '', instanceType = '' } = node
    const used = [...`${providerId}${zone}${region}${instanceType}`.matchAll(/\{(\w+)\}/g)].map(
      ([, name]) => name,
    )
    expect([...new Set(used)].sort()).toEqual(Object.keys(pieces).sort())
  },
)
