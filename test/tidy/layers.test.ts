/** Who may import whom (docs/style.md): arrows point one way, and each outside library has one importing file. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
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

test('passes never import each other', () => {
  const wrong = all.filter(
    ({ file, name }) => file.startsWith('transpiler/passes/') && name.startsWith('transpiler/passes/'),
  )
  expect(wrong).toEqual([])
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
