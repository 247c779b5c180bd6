/** Who may import whom (docs/style.md): arrows point one way, and each outside library has one importing file. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import node from '../../schema/node/v1.json' with { type: 'json' }
import { SECTIONS as TABLE } from '../../transpiler/sections/index.ts'
import { circlesIn, importsOf, sourcesOf } from './imports.ts'

const all = ['schema', 'transpiler', 'images', 'src'].flatMap(folder =>
  sourcesOf(folder).flatMap(file => importsOf(file).map(one => ({ ...one, folder }))),
)

/** What each folder may import, in addition to itself. */
const ALLOWED: Readonly<Record<string, readonly RegExp[]>> = {
  schema: [/^node:/, /^(ajv|json-schema-to-typescript)/],
  transpiler: [/^schema\//, /^yaml$/],
  images: [/^node:/],
  src: [
    /^schema\//,
    /^transpiler\/(index|diag\/[a-z-]+)\.ts$/,
    /^images\/index\.ts$/,
    /^node:/,
    /^(commander|esbuild|fflate|node-forge)$/,
  ],
}

test('imports point one way: src to transpiler and images, those to schema', () => {
  const wrong = all.filter(
    ({ folder, name }) =>
      !name.startsWith(`${folder}/`) && !ALLOWED[folder]?.some(allowed => allowed.test(name)),
  )
  expect(wrong.map(({ file, name }) => `${file} imports ${name}`)).toEqual([])
})

test('no file imports itself by way of others', () => {
  expect(circlesIn(all).map(circle => circle.join(' -> '))).toEqual([])
})

test('a circle is found wherever it begins, once, by its shortest way', () => {
  const imports = (...arrows: string[]) =>
    arrows.map(arrow => ({ file: arrow.split('>')[0] ?? '', name: arrow.split('>')[1] ?? '' }))
  expect(circlesIn(imports('a>b', 'b>c', 'a>c', 'c>node:fs'))).toEqual([])
  expect(circlesIn(imports('a>a'))).toEqual([['a', 'a']])
  expect(circlesIn(imports('z>b', 'b>c', 'c>d', 'd>b'))).toEqual([['b', 'c', 'd', 'b']])
  expect(circlesIn(imports('c>a', 'a>b', 'b>c', 'b>a'))).toEqual([
    ['a', 'b', 'c', 'a'],
    ['a', 'b', 'a'],
  ])
})

test('the transpiler touches nothing but its arguments', () => {
  const files = sourcesOf('transpiler')
  const impure = files.filter(file =>
    /\b(process|Date|performance|fetch|setTimeout|crypto|require)\b[.(]|Math\.random/.test(
      readFileSync(file, 'utf8'),
    ),
  )
  expect(impure).toEqual([])
})

/** Folders of the sections; each is also the name that no file elsewhere in the transpiler has. */
const SECTIONS = readdirSync('transpiler/sections', { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)
const sectionOf = (file: string) => /^transpiler\/sections\/([^/]+)\//.exec(file)?.[1]

/** What may import from a folder of a section, in addition to its own files. */
const KNOWS_SECTIONS: readonly (readonly [file: RegExp, imports: RegExp])[] = [
  [/^transpiler\/sections\/index\.ts$/, /\/index\.ts$/],
  [/^transpiler\/sections\/[^/]+\.ts$/, /\/types\.ts$/],
  [/^transpiler\/diag\/catalog\.ts$/, /codes\.ts$/],
]

test('a section imports no other section; only the table, the catalog and what the sections share know them', () => {
  const wrong = all.filter(
    ({ file, name }) =>
      sectionOf(name) !== undefined &&
      sectionOf(file) !== sectionOf(name) &&
      !KNOWS_SECTIONS.some(([from, to]) => from.test(file) && to.test(name)),
  )
  expect(wrong.map(({ file, name }) => `${file} imports ${name}`)).toEqual([])
  const shared = all.filter(
    ({ file, name }) =>
      file.startsWith('transpiler/') &&
      !/^transpiler\/(sections\/|index\.ts|diag\/catalog\.ts)/.test(file) &&
      name.startsWith('transpiler/sections/'),
  )
  expect(shared.map(({ file, name }) => `${file} imports ${name}`)).toEqual([])
})

test('no file of the transpiler outside the sections is named after one', () => {
  expect(SECTIONS).toContain('on-failure')
  const named = sourcesOf('transpiler').filter(file => {
    const words = `-${basename(file, '.ts')}-`
    return !file.startsWith('transpiler/sections/') && SECTIONS.some(name => words.includes(`-${name}-`))
  })
  expect(named).toEqual([])
})

test('each section has its types, defaults, checks, lowering and codes, and its row in the table', () => {
  const parts = ['checks.ts', 'codes.ts', 'defaults.ts', 'index.ts', 'lower.ts', 'types.ts']
  const incomplete = SECTIONS.filter(name => {
    const files = readdirSync(`transpiler/sections/${name}`)
    return parts.some(part => !files.includes(part))
  })
  expect(incomplete).toEqual([])
  const keys = SECTIONS.map(name => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()))
  expect(Object.keys(TABLE).sort()).toEqual(keys.sort())
  expect(Object.keys(TABLE)).toEqual(Object.keys(node.properties).filter(key => keys.includes(key)))
})

test('each outside library has one importing file', () => {
  const outside = new Map<string, Set<string>>()
  for (const { file, name } of all) {
    if (/^node:|^(schema|transpiler|images|src)\//.test(name)) continue
    const library = name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/')
    outside.set(library, (outside.get(library) ?? new Set()).add(file))
  }
  const shared = [...outside]
    .filter(([, files]) => files.size > 1)
    .map(([library, files]) => `${library}: ${[...files].join(', ')}`)
  expect(shared).toEqual([])
})

test('no file is called after what it is not about', () => {
  const vague = ['schema', 'transpiler', 'images', 'src', 'test']
    .flatMap(sourcesOf)
    .filter(file => /(utils?|helpers?|manager|misc|common)\.m?ts$/.test(file))
  expect(vague).toEqual([])
})
