/** Every code is shown by a golden case, every golden has a code, and no golden is left over. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ABOUT } from '../../transpiler/diag/about.ts'
import { catalog, retired } from '../../transpiler/diag/catalog.ts'

const ROOT = 'fixtures/golden'
const cases = readdirSync(ROOT)
const codes = Object.keys(catalog)

const shown = new Set(
  cases.flatMap(name => {
    const file = `${ROOT}/${name}/diagnostics.txt`
    return existsSync(file)
      ? [...readFileSync(file, 'utf8').matchAll(/(?:error|warning)\[([a-z0-9-]+)\]/g)].map(
          ([, code = '']) => code,
        )
      : []
  }),
)

test('every code is shown by a golden', () => {
  expect(codes.filter(code => !shown.has(code))).toEqual([])
})

test('every golden code is in the catalog, and none is retired', () => {
  expect([...shown].filter(code => !codes.includes(code))).toEqual([])
  expect(codes.filter(code => retired.includes(code))).toEqual([])
})

test('every case is a node config and one outcome', () => {
  const wrong = cases.filter(name => {
    const files = readdirSync(`${ROOT}/${name}`)
    return (
      !files.includes('node.keel.yaml') ||
      files.includes('machine.json') === files.includes('diagnostics.txt')
    )
  })
  expect(wrong).toEqual([])
})

test('codes are kebab slugs; messages and hints are one sentence without its full stop', () => {
  expect(codes.filter(code => !/^[a-z0-9]+(-[a-z0-9]+)+$/.test(code))).toEqual([])
  const texts = cases.flatMap(name => {
    const file = `${ROOT}/${name}/diagnostics.txt`
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(line => line.startsWith('  hint: '))
      : []
  })
  expect(texts.filter(text => text.endsWith('.') && !text.endsWith('..'))).toEqual([])
  expect(Object.keys(ABOUT).filter(code => !codes.includes(code))).toEqual([])
})
