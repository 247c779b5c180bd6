/** Which selectors mean one interface, and rules that say no priority. */
import { describe, expect, test } from 'vitest'
import { wholeRules } from '../../transpiler/sections/network/routing-rules.ts'
import { Selected, sharedFact } from '../../transpiler/sections/network/same-interface.ts'
import type { FullLink, FullMember } from '../../transpiler/sections/network/types.ts'
import { HEAD, problemsOf } from './problems.ts'

const A = '52:54:00:aa:bb:01'
const B = '52:54:00:aa:bb:02'
const P = '0000:01:00.0'
const selector = (facts: object) => ({ at: [], ...facts }) as unknown as FullMember

describe('two selectors', () => {
  test.each([
    [{ name: 'eth0' }, { name: 'eth0', driver: 'igb' }, ['name', 'name']],
    [{ mac: A }, { mac: A.toUpperCase(), path: P }, ['mac', 'mac']],
    [{ mac: A }, { permanentMac: A }, ['mac', 'permanentMac']],
    [{ permanentMac: A, mac: B }, { mac: B }, ['mac', 'mac']],
    [{ path: P }, { path: P, driver: 'igb' }, ['path', 'path']],
    [{ driver: 'igb' }, { driver: 'igb' }, ['driver', 'driver']],
    [{ driver: 'igb' }, { driver: 'igb', path: P }, ['driver', 'driver']],
  ])('%j and %j mean one interface', (one, other, shared) => {
    expect(sharedFact(selector(one), selector(other))).toEqual(shared)
    expect(sharedFact(selector(other), selector(one))).toEqual(shared.toReversed())
  })

  test.each([
    [{ name: 'eth0' }, { name: 'Eth0' }],
    [{ name: 'eth0' }, { mac: A }],
    [
      { mac: A, driver: 'hv_netvsc' },
      { mac: A, driver: 'mlx5_core' },
    ],
    [
      { mac: A, path: P },
      { mac: A, path: '0000:01:00.1' },
    ],
    [{ permanentMac: A }, { permanentMac: B, mac: A }],
    [
      { driver: 'igb', path: P },
      { driver: 'igb', mac: A },
    ],
    [{ driver: 'igb' }, { driver: 'ixgbe' }],
    [{ driver: 'igb' }, { driver: 'igb', mac: undefined }],
  ])('%j and %j may mean two', (one, other) => {
    expect(sharedFact(selector(one), selector(other))).toBeUndefined()
  })

  test('are found among others as they are found by comparison', () => {
    const all = [{ mac: A, path: P }, { driver: 'igb', name: 'eth7' }, { driver: 'ixgbe' }].map(selector)
    const selected = new Selected<number>()
    for (const [i, one] of all.entries()) selected.add(one, i)
    for (const facts of [
      { permanentMac: A },
      { path: P },
      { driver: 'igb' },
      { driver: 'ixgbe', mac: B },
      { mac: B },
    ]) {
      const compared = all.flatMap((one, i) => (sharedFact(one, selector(facts)) ? [i] : []))
      expect(selected.find(selector(facts))).toEqual(compared)
    }
  })
})

test('the most rules that a config can have are before those of the kernel, and no two have one priority', () => {
  const rule = (i: number) => ({
    at: [],
    to: '192.0.2.0/24',
    table: 100,
    priority: i === 7 ? 10_000 : undefined,
  })
  const link = () => ({ rules: Array.from({ length: 64 }, (_, i) => rule(i)), routes: [], addresses: [] })
  const links = [
    ...Array(255).fill(undefined).map(link),
    { ...link(), rules: [{ ...rule(0), priority: 10_002 }] },
  ]
  const all = [...wholeRules(links as unknown as FullLink[]).values()].flat()
  const chosen = all.map(({ priority }) => priority).filter(one => one !== 10_000 && one !== 10_002)
  expect(chosen.slice(0, 3)).toEqual([10_001, 10_003, 10_004])
  expect(new Set(chosen).size).toBe(255 * 63)
  expect(Math.max(...chosen)).toBeLessThan(32_766)
})

test('a metric that breaks the schema is not taken for none', () => {
  const routes =
    '[{gateway: 192.0.2.1}, {gateway: 192.0.2.2, metric: low}, {destination: 192.0.2.0/24, metric: low}]'
  expect(
    problemsOf(`${HEAD}network: {links: [{name: eth0, addresses: [192.0.2.10/24], routes: ${routes}}]}\n`),
  ).toEqual([
    'schema-type $.network.links[0].routes[1].metric',
    'schema-type $.network.links[0].routes[2].metric',
  ])
})
