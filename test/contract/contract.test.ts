/** ajv and keel-init accept and refuse the same documents: the corpus, its mutants, and everything that transpile emits. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Mutant, mutantsOf } from '../../fixtures/machine/mutants.ts'
import { type Layer, packed } from '../metadata/pack.ts'
import { keelctlAccepts, keelInit, keelInitAccepts } from './validators.ts'

const CORPUS = 'fixtures/machine'
const schema = JSON.parse(readFileSync('schema/machine/v1.json', 'utf8'))
let init = ''
let folder = ''

beforeAll(() => {
  init = keelInit()
  folder = mkdtempSync(join(tmpdir(), 'keel-contract-'))
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true }))

const filesIn = (name: string) => readdirSync(`${CORPUS}/${name}`).map(file => `${CORPUS}/${name}/${file}`)

/** The verdicts that differ from what is wanted, by validator. */
async function wrong(files: readonly string[], wanted: boolean): Promise<{ ajv: string[]; init: string[] }> {
  const accepted = await keelInitAccepts(init, files)
  return {
    ajv: files.filter(file => keelctlAccepts(readFileSync(file)) !== wanted),
    init: files.filter(file => accepted.has(file) !== wanted),
  }
}

test('both accept every document of ok', async () => {
  expect(await wrong(filesIn('ok'), true)).toEqual({ ajv: [], init: [] })
})

test('both refuse every document of bad', async () => {
  expect(await wrong(filesIn('bad'), false)).toEqual({ ajv: [], init: [] })
})

test('both accept every machine config of the goldens', async () => {
  const goldens = readdirSync('fixtures/golden').map(name => `fixtures/golden/${name}/machine.json`)
  const emitted = goldens.filter(file =>
    readdirSync(file.slice(0, -'/machine.json'.length)).includes('machine.json'),
  )
  expect(emitted.length).toBeGreaterThan(10)
  expect(await wrong(emitted, true)).toEqual({ ajv: [], init: [] })
})

test('a boot accepts every document of ok and of the goldens, packed in every way', async () => {
  const goldens = readdirSync('fixtures/golden')
    .map(name => `fixtures/golden/${name}/machine.json`)
    .filter(file => existsSync(file))
  const plain = [...filesIn('ok'), ...goldens]
  const forms: Layer[][] = [
    ['gzip'],
    ['zstd'],
    ['base64'],
    ['base64-lines'],
    ['gzip', 'base64'],
    ['zstd', 'base64'],
  ]
  const all = plain.flatMap((file, i) => [
    file,
    ...forms.map(layers => {
      const copy = join(folder, `${i}.${layers.join('.')}`)
      writeFileSync(copy, packed(readFileSync(file), ...layers))
      return copy
    }),
  ])
  const accepted = await keelInitAccepts(init, all, 'boot')
  expect(all.filter(file => !accepted.has(file))).toEqual([])
})

test('a boot refuses every document of senseless, which the schema accepts', async () => {
  const files = filesIn('senseless')
  expect(files.length).toBeGreaterThan(5)
  expect(await wrong(files, true)).toEqual({ ajv: [], init: [] })
  expect([...(await keelInitAccepts(init, files, 'boot'))]).toEqual([])
})

test('both give every mutant the same verdict', async () => {
  const mutants = [
    'everything-at-once',
    'a-cni-of-none',
    'a-node-in-ram',
    'a-worker-by-token',
    'a-worker-by-file',
    'a-worker-that-has-joined',
  ].flatMap(name => mutantsOf(JSON.parse(readFileSync(`${CORPUS}/ok/${name}.json`, 'utf8')), schema))
  const named = new Map<string, Mutant>()
  for (const [i, mutant] of mutants.entries()) {
    const file = join(folder, `${i}.json`)
    writeFileSync(file, mutant.text)
    named.set(file, mutant)
  }
  const byInit = await keelInitAccepts(init, [...named.keys()])
  const byAjv = new Set(
    [...named].filter(([, { text }]) => keelctlAccepts(Buffer.from(text))).map(([file]) => file),
  )
  const differ = [...named].filter(([file]) => byInit.has(file) !== byAjv.has(file))
  expect(differ.map(([file, { name }]) => `${name}: ${byInit.has(file) ? 'init' : 'ajv'} accepts`)).toEqual(
    [],
  )
  // The mutants stand on both sides of the line.
  expect(byAjv.size).toBeGreaterThan(100)
  expect(named.size - byAjv.size).toBeGreaterThan(500)
}, 120_000)

test('each keyword of the schema has a mutant that it alone refuses', () => {
  const document = JSON.parse(readFileSync(`${CORPUS}/ok/everything-at-once.json`, 'utf8'))
  const names = mutantsOf(document, schema).map(({ name }) => name)
  for (const word of ['is missing', '/unknown is there', 'items', 'characters', 'is null', 'is -1']) {
    expect(
      names.some(name => name.includes(word)),
      word,
    ).toBe(true)
  }
})
