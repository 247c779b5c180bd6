/** The transpiler's small parts. */
import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameOf, printable } from '../../transpiler/diag/frame.ts'
import { canonicalJson, mergePatch } from '../../transpiler/json.ts'
import { jsonProblem } from '../../transpiler/machine/strict-json.ts'
import { pathOf, pathText, placesAt, pointerOf } from '../../transpiler/path.ts'
import { base64Of, bytesOfBase64 } from '../../transpiler/rules/base64.ts'
import { certain } from '../../transpiler/rules/certain.ts'
import { contains, firstOf, ipOf, ipText, lastOf, overlap, prefixOf } from '../../transpiler/rules/ip.ts'
import { nearest } from '../../transpiler/rules/nearest.ts'
import { bytesOf, millisecondsOf, modeOf } from '../../transpiler/rules/units.ts'
import { decodeUtf8, SourceText } from '../../transpiler/yaml/source.ts'
import { ROOM_MS, runs } from './property-runs.ts'

test('sizes, durations and modes are read in their units', () => {
  expect(['1KiB', '2MiB', '3GiB', '4TiB'].map(bytesOf)).toEqual([1024, 2 * 2 ** 20, 3 * 2 ** 30, 4 * 2 ** 40])
  expect(['5ms', '4s', '3m', '2h'].map(millisecondsOf)).toEqual([5, 4000, 180_000, 7_200_000])
  expect(['0644', '0o755', '04755', '0'].map(modeOf)).toEqual([0o644, 0o755, 0o4755, undefined])
  expect(['644', '0888', 'rw-', '012345'].map(modeOf)).toEqual([undefined, undefined, undefined, undefined])
})

describe('IP addresses', () => {
  const prefix = (text: string) => certain(prefixOf(text), text)
  const address = (text: string) => certain(ipOf(text), text)

  test('prefixes have a first and a last address, and overlap or not', () => {
    const half = prefix('192.0.2.130/25')
    expect([firstOf(half), lastOf(half)].map(ipText)).toEqual(['192.0.2.128', '192.0.2.255'])
    expect(contains(half, address('192.0.2.127'))).toBe(false)
    expect(overlap(prefix('10.0.0.0/8'), prefix('10.9.0.0/16'))).toBe(true)
    expect(overlap(prefix('10.0.0.0/16'), prefix('10.1.0.0/16'))).toBe(false)
    expect([firstOf, lastOf].map(edge => ipText(edge(prefix('198.51.100.7/0'))))).toEqual([
      '0.0.0.0',
      '255.255.255.255',
    ])
    const site = prefix('2001:db8:7::9/48')
    expect([firstOf(site), lastOf(site)].map(ipText)).toEqual([
      '2001:db8:7::',
      '2001:db8:7:ffff:ffff:ffff:ffff:ffff',
    ])
    expect(contains(site, address('2001:db8:8::'))).toBe(false)
    expect([contains(prefix('::/0'), address('192.0.2.1')), overlap(prefix('::/0'), half)]).toEqual([
      false,
      false,
    ])
  })

  test.each([
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['fe80:0:0:0:0:0:0:0', 'fe80::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['10:0:0:0:100:0:0:0', '10::100:0:0:0'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ])('%s is written as %s', (text, canonical) => {
    expect(ipText(address(text))).toBe(canonical)
  })

  test.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '::1.2.3',
    '1.2.3.4::',
    '01.2.3.4',
    '1.2.3',
    '1.2.3.256',
    ' ::1',
  ])('%j is not an address', text => {
    expect(ipOf(text)).toBeUndefined()
  })

  test.each([
    '192.0.2.1',
    '192.0.2.1/33',
    '2001:db8::/129',
    '192.0.2.1/',
    '192.0.2.1/08',
    '192.0.2.1/8/8',
    '/8',
  ])('%j is not a prefix', text => {
    expect(prefixOf(text)).toBeUndefined()
  })

  test(
    'text to number and back changes nothing',
    () => {
      fc.assert(
        fc.property(fc.ipV4(), text => ipText(address(text)) === text),
        runs(100),
      )
    },
    ROOM_MS,
  )

  test(
    'what Node takes as an address of IPv6 is one, and its text is that of the URL standard',
    () => {
      fc.assert(
        fc.property(fc.ipV6(), text => {
          const own = ipText(address(text))
          return isIPv6(own) && (own.includes('.') || new URL(`http://[${text}]`).hostname === `[${own}]`)
        }),
        runs(200),
      )
    },
    ROOM_MS,
  )
})

describe('base64', () => {
  test(
    'bytes to text and back changes nothing, and is what Node makes',
    () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
          expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString('base64'))
          expect(bytesOfBase64(base64Of(bytes))).toEqual(bytes)
        }),
        runs(100),
      )
    },
    ROOM_MS,
  )

  test('lacking padding, stray bits and other alphabets are refused; white space is not', () => {
    expect(['YQ', 'YR==', 'Y-8=', 'Y===', '='].map(bytesOfBase64)).toEqual(Array(5).fill(undefined))
    expect(bytesOfBase64('Y W\nE=\n')).toEqual(new Uint8Array([97, 97]))
  })
})

describe('JSON', () => {
  test('canonical text depends on the values alone', () => {
    expect(canonicalJson({ b: [2, { d: 1, c: null }], a: 'é' })).toBe('{"a":"é","b":[2,{"c":null,"d":1}]}')
  })

  test('patches follow the examples of RFC 7396', () => {
    expect(mergePatch({ a: 'b', c: { d: 'e', f: 'g' } }, { a: 'z', c: { f: null } })).toEqual({
      a: 'z',
      c: { d: 'e' },
    })
    expect(mergePatch({ a: [1, 2] }, { a: [3] })).toEqual({ a: [3] })
    expect(mergePatch({ e: null }, { a: 1 })).toEqual({ e: null, a: 1 })
    expect(mergePatch([1, 2], { a: 'b', c: null })).toEqual({ a: 'b' })
    expect(mergePatch({}, { a: { bb: { ccc: null } } })).toEqual({ a: { bb: {} } })
  })

  test(
    'the strict reader takes all that JSON.stringify makes of whole numbers',
    () => {
      const value = fc.letrec(tie => ({
        value: fc.oneof(
          fc.maxSafeInteger(),
          fc.string({ unit: 'grapheme' }),
          fc.boolean(),
          fc.constant(null),
          fc.array(tie('value'), { maxLength: 4 }),
          fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
        ),
      })).value
      fc.assert(
        fc.property(
          value,
          fc.nat(3),
          (one, indent) => jsonProblem(JSON.stringify(one, null, indent)) === undefined,
        ),
        runs(100),
      )
    },
    ROOM_MS,
  )

  test('and says what it refuses', () => {
    const problems = [
      '{"a":1,"\\u0061":2}',
      '[1.0]',
      '[-0]',
      '[1e3]',
      '[9007199254740992]',
      '["\\ud800"]',
      '[1,]',
    ].map(jsonProblem)
    expect(problems.slice(0, 6)).toMatchInlineSnapshot(`
      [
        "the key "a" is given twice",
        "the number 1.0 is not written as plain digits",
        "the number -0 is not written as plain digits",
        "the number 1e3 is not written as plain digits",
        "the number 9007199254740992 is too large",
        "a string contains half of a surrogate pair",
      ]
    `)
    expect(problems[6]).toBeDefined()
  })
})

test('paths are written for people and as pointers, which lead back', () => {
  const path = ['storage', 'files', 3, 'a/b~c', 'x y']
  expect(pathText(path)).toBe('$.storage.files[3]["a/b~c"]["x y"]')
  expect(pointerOf(path)).toBe('/storage/files/3/a~1b~0c/x y')
  expect(pathOf(pointerOf(path))).toEqual(path)
  expect(pathOf('')).toEqual([])
})

test('a pattern means the places that are there, in every item of a list', () => {
  const config = { peers: [{ key: 'a' }, { name: 'b' }, 'c', { key: null }], key: 'd', map: { key: 'e' } }
  expect(placesAt(config, ['peers', '*', 'key'])).toEqual([
    ['peers', 0, 'key'],
    ['peers', 3, 'key'],
  ])
  expect(placesAt(config, ['key'])).toEqual([['key']])
  expect(placesAt(config, ['map', '*'])).toEqual([])
  expect(placesAt(config, ['none', '*', 'key'])).toEqual([])
})

test('suggestions are for typos, not for other words', () => {
  const words = ['modules', 'sysctl', 'staticPods', 'cni']
  expect(['modulse', 'syscttl', 'static_pods', 'StaticPods', 'cn'].map(word => nearest(word, words))).toEqual(
    ['modules', 'sysctl', 'staticPods', 'staticPods', 'cni'],
  )
  expect(['files', 'x', 'kubelet', ''].map(word => nearest(word, words))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

describe('sources', () => {
  test('offsets become lines and columns, with any line end', () => {
    const source = new SourceText('a', 'one\ntwo\r\nthree')
    expect([0, 3, 4, 9, 14].map(offset => source.positionOf(offset))).toEqual([
      { line: 1, col: 1 },
      { line: 1, col: 4 },
      { line: 2, col: 1 },
      { line: 3, col: 1 },
      { line: 3, col: 6 },
    ])
    expect([1, 2, 3, 4].map(number => source.line(number))).toEqual(['one', 'two', 'three', ''])
  })

  test('the first byte that is not UTF-8 is found', () => {
    expect(decodeUtf8(Buffer.from('é\n'))).toBe('é\n')
    expect(decodeUtf8(Buffer.from([0x61, 0xc3, 0xa9, 0xff, 0x61]))).toEqual({ badByte: 3 })
  })
})

test('a frame marks what is meant and lets nothing through that steers a terminal', () => {
  const source = new SourceText('a', `x: "日本" \u001b[31m${'y'.repeat(300)}`)
  const at = (col: number, endCol: number) => ({
    file: 'a',
    line: 1,
    col,
    endLine: 1,
    endCol,
    start: 0,
    end: 0,
  })
  const [line, carets] = frameOf(source, at(5, 7))
  expect(line).toContain('日本" \\u{1b}[31myyy')
  expect(carets).toBe('  |     ^^^^')
  expect(frameOf(source, at(200, 201))[0]?.length).toBeLessThan(120)
  expect(printable('a\tb\u202ec')).toBe('a  b\\u{202e}c')
})
