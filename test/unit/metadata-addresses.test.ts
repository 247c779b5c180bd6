/** The guard closes every metadata service that keel-init asks; what else it closes is listed here. */
import { expect, test } from 'vitest'
import { PLATFORMS } from '../../schema/platforms.ts'
import { ipOf, ipText } from '../../transpiler/rules/ip.ts'
import { METADATA_ADDRESSES } from '../../transpiler/sections/network/metadata-addresses.ts'

const hostOf = (text: string) => text.replace(/^http:\/\//, '').replace(/^\[(.*)\]$/, '$1')

test('every address of the table of platforms is closed to pods, and a few more', () => {
  const services = PLATFORMS.flatMap(({ addresses = ['169.254.169.254'], reportReadyTo, isOnTheLink }) => [
    ...addresses,
    ...(reportReadyTo === undefined ? [] : [reportReadyTo]),
    ...(isOnTheLink ? ['fe80::a9fe:a9fe'] : []),
  ])
  const known = new Set(services.map(hostOf))
  expect([...known].filter(address => !METADATA_ADDRESSES.includes(address))).toEqual([])
  // Google's address of IPv6, which keel-init does not ask.
  expect(METADATA_ADDRESSES.filter(address => !known.has(address))).toEqual(['fd20:ce::254'])
})

test('each is in its canonical form', () => {
  expect(METADATA_ADDRESSES.map(text => ipOf(text)).map(ip => ip && ipText(ip))).toEqual(METADATA_ADDRESSES)
})
