/** Networks that overlap, found without comparing each with all: the same as by comparing each with all. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { overlap, prefixOf, widthOf } from '../../transpiler/rules/ip.ts'
import { diagnosticsOf, HEAD } from './problems.ts'
import { runs } from './property-runs.ts'

const CODE = 'network-overlap'

/** Addresses by link, each with the first one before it, on another link, whose network overlaps that of its own. */
function byComparing(links: readonly (readonly string[])[]): string[] {
  const all = links.flatMap((list, link) => list.map(text => ({ text, link, prefix: prefixOf(text) })))
  return all.flatMap(({ text, link, prefix }, i) => {
    const hasNetwork = (one: typeof prefix) =>
      one !== undefined && one.length > 0 && one.length < widthOf(one.address)
    const other = all
      .slice(0, i)
      .find(
        one =>
          one.link !== link && prefix && one.prefix && hasNetwork(one.prefix) && overlap(one.prefix, prefix),
      )
    if (!hasNetwork(prefix) || other === undefined || hostOf(other.text) === hostOf(text)) return []
    return [`${text} ${other.text}`]
  })
}

const hostOf = (text: string) => text.split('/')[0]

function found(links: readonly (readonly string[])[]): string[] {
  const entries = links.map((list, i) => `{name: eth${i}, addresses: ${JSON.stringify(list)}}`)
  const text = `${HEAD}network: {links: [${entries.join(', ')}]}\n`
  return diagnosticsOf(text)
    .filter(({ code }) => code === CODE)
    .map(({ message }) => [...message.matchAll(/`([^`]*)`/g)].map(([, one]) => one).join(' '))
}

test.each([
  [[['10.0.0.1/8'], ['10.1.0.1/16'], ['10.1.2.1/24']]],
  [[['10.1.2.1/24'], ['10.1.0.1/16'], ['10.0.0.1/8']]],
  [[['10.1.2.1/24', '10.2.0.1/16'], ['10.0.0.1/8']]],
  [[['10.0.0.1/8'], ['11.0.0.1/8'], ['10.255.255.1/24', '11.0.0.2/24']]],
  [[['10.0.0.1/24'], ['10.0.0.2/24'], ['10.0.0.3/24']]],
  [[['10.0.0.1/24', '10.0.0.2/16'], ['192.0.2.1/24']]],
  [[['2001:db8::1/64'], ['2001:db8::2/48'], ['32.1.13.184/8']]],
  [[['10.0.0.1/32'], ['10.0.0.2/24']]],
])('%j', links => expect(found(links)).toEqual(byComparing(links)))

test('whatever the networks are', () => {
  const bit = fc.integer({ min: 0, max: 3 })
  const address = fc.tuple(bit, bit, bit, fc.integer({ min: 6, max: 32 }), fc.boolean())
  const text = address.map(([a, b, c, length, isIpv6]) =>
    isIpv6 ? `2001:db8:${a}:${b}::${c + 1}/${length + 16}` : `10.${a * 64}.${b}.${c * 64 + 1}/${length}`,
  )
  const links = fc.array(fc.uniqueArray(text, { maxLength: 6, selector: hostOf }), { maxLength: 8 })
  fc.assert(
    fc.property(links, some => {
      expect(found(some)).toEqual(byComparing(some))
    }),
    runs(300),
  )
})

test('as many addresses as a config may have take no minutes', { timeout: 60_000 }, () => {
  const links = Array.from({ length: 256 }, (_, i) =>
    Array.from({ length: 64 }, (_, j) => `10.${i}.${j}.1/24`),
  )
  expect(found([...links.slice(0, 255), [...(links[255] ?? []).slice(0, 63), '10.0.0.2/16']])).toEqual([
    '10.0.0.2/16 10.0.0.1/24',
  ])
})
