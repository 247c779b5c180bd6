/** transpile() is a function of its arguments and never throws, whatever the text. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { transpile } from '../../transpiler/index.ts'
import { ROOM_MS, runs } from './property-runs.ts'

const goldens = readdirSync('fixtures/golden').map(name =>
  readFileSync(`fixtures/golden/${name}/node.keel.yaml`),
)

/** Pieces that mean something somewhere in a node config, besides any text. */
const piece = fc.oneof(
  fc.constantFrom(
    'apiVersion: keel/v1\n',
    'hostname: a\n',
    'storage:\n',
    '  files:\n',
    '    - path: /etc/a\n',
    'kubernetes: {role: standalone}\n',
    '&a ',
    '*a',
    '<<: ',
    '- ',
    '  ',
    '\t',
    '{',
    '}',
    '[',
    ']',
    ': ',
    '? ',
    '? [a]\n',
    ': \n',
    '|\n',
    '"',
    "'",
    '0644',
    'null',
    '\n',
    '---\n',
    '__proto__: ',
    'local: x\n',
    'pod: ',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
)

function outcomeOf(text: string | Uint8Array) {
  const { text: bytes, diagnostics } = transpile([{ name: 'a', text }], {
    readLocal: () => new Uint8Array([0xff, 0x7b]),
  })
  return { bytes, diagnostics }
}

function holds(text: string | Uint8Array): void {
  const first = outcomeOf(text)
  expect(outcomeOf(text)).toEqual(first)
  expect(first.bytes === undefined).toBe(first.diagnostics.some(({ severity }) => severity === 'error'))
  expect(first.diagnostics.filter(({ code }) => code === 'keel-bug')).toEqual([])
}

test(
  'any text',
  () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map(pieces => pieces.join('')),
        holds,
      ),
      runs(600),
    )
  },
  ROOM_MS,
)

test(
  'any bytes',
  () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), holds), runs(300))
  },
  ROOM_MS,
)

test(
  'goldens with a piece cut out, doubled or replaced',
  () => {
    const mutation = fc.record({
      golden: fc.constantFrom(...goldens),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(40),
      instead: fc.oneof(fc.constant(''), piece),
      twice: fc.boolean(),
    })
    const mutated = mutation.map(({ golden, from, length, instead, twice }) => {
      const text = golden.toString('utf8')
      const at = Math.floor(from * text.length)
      const cut = text.slice(at, at + length)
      return `${text.slice(0, at)}${twice ? cut + cut : instead}${text.slice(at + length)}`
    })
    fc.assert(fc.property(mutated, holds), runs(700))
  },
  ROOM_MS,
)
