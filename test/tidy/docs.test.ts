/** Docs that can go stale are compared with what they are about. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import event from '../../schema/event/v1.json' with { type: 'json' }
import { NAMES } from '../../schema/names.ts'

const read = (file: string) => readFileSync(file, 'utf8')
const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => join('docs', file)),
]

test('links between pages lead somewhere', () => {
  const broken = pages.flatMap(page =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target = '']) => target)
      .filter(target => !existsSync(join(dirname(page), target)))
      .map(target => `${page} -> ${target}`),
  )
  expect(broken).toEqual([])
})

test('links into a page lead to one of its headings', () => {
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
  const headings = (page: string) =>
    [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => slug(text))
  const broken = pages.flatMap(page =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
      .map(([, target, anchor = '']) => ({ target: target ? join(dirname(page), target) : page, anchor }))
      .filter(({ target, anchor }) => target.endsWith('.md') && !headings(target).includes(anchor))
      .map(({ target, anchor }) => `${page} -> ${target}#${anchor}`),
  )
  expect(broken).toEqual([])
})

test('testing.md has a row for each level that npm test runs', () => {
  const levels = [...read('test/run.mjs').matchAll(/\{ name: '(\w+)'/g)].map(([, name]) => name)
  const [table = ''] = read('docs/testing.md').split('\n## ')
  const rows = [...table.matchAll(/^\| (\w+) +\|/gm)].map(([, name]) => name)
  expect(rows.slice(1)).toEqual(levels)
})

test('stages.md has the stages of main.rs, in their order', () => {
  const stages = [...read('init-stub/src/main.rs').matchAll(/^ {4}\("(\w+)", boot::/gm)].map(
    ([, name]) => name,
  )
  const rows = [...read('docs/boot/stages.md').matchAll(/^\| (\w+) \|/gm)].map(([, name]) => name)
  expect(stages.length).toBeGreaterThan(10)
  expect(rows.filter(name => name !== 'stage')).toEqual(stages)
})

test('files of init that stages.md names exist', () => {
  const named = [...read('docs/boot/stages.md').matchAll(/`([\w/]+(?:\.rs|\/))`/g)].map(
    ([, file = '']) => file,
  )
  const files = named.filter(file => !file.startsWith('/'))
  expect(files.length).toBeGreaterThan(10)
  expect(files.filter(file => !existsSync(`init-stub/src/${file}`))).toEqual([])
})

test('every page of docs is reached from its README', () => {
  const indexes = pages.filter(page => page.endsWith('README.md')).map(page => ({ page, text: read(page) }))
  const lost = pages.filter(
    page =>
      !page.endsWith('README.md') &&
      !indexes.some(index => index.text.includes(page.split('/').at(-1) ?? '')),
  )
  expect(lost).toEqual([])
})

test('the front page links every guide', () => {
  const front = read('README.md')
  const missing = readdirSync('docs/guides').filter(guide => !front.includes(`](docs/guides/${guide})`))
  expect(missing).toEqual([])
})

test('files that the docs name by path exist', () => {
  const named = pages.flatMap(page =>
    [
      ...read(page).matchAll(
        /`((?:schema|transpiler|src|images|init-stub|fixtures|test)\/[\w./-]+\.(?:ts|mjs|rs|json|yaml))`/g,
      ),
    ].map(([, file = '']) => ({ page, file })),
  )
  expect(
    named.filter(({ file }) => !existsSync(file)).map(({ page, file }) => `${page} names ${file}`),
  ).toEqual([])
})

test('CONTRIBUTING names existing files, and at most three sources for a platform or a service, seven for a field', () => {
  const sections = read('docs/CONTRIBUTING.md').split(/^## /m).slice(1)
  const rows = sections.map(text => [
    text.slice(0, text.indexOf('\n')),
    [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, file = '']) => file),
  ])
  const files = Object.fromEntries(rows) as Record<string, string[]>
  expect(Object.entries(files).filter(([, all]) => all.length === 0)).toEqual([])
  expect(Object.values(files).flatMap(all => all.filter(file => !existsSync(file)))).toEqual([])
  for (const name of ['Add a platform', 'Add a service'])
    expect(files[name]?.length, name).toBeLessThanOrEqual(3)
  const ofField = files['Add a field']?.filter(file => !/^(fixtures|test)\//.test(file))
  expect(ofField?.length).toBeLessThanOrEqual(7)
})

test('every error of init has a remedy: one sentence without its full stop', () => {
  const remedies = event.definitions.ErrorCode.oneOf.map(one => [one.const, one['x-remedy']] as const)
  expect(remedies.filter(([, remedy]) => !/^[a-z].{9,}[^.]$/.test(remedy ?? ''))).toEqual([])
})

test('init knows every name on the wire', () => {
  const init = readdirSync('init-stub/src', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.rs'))
    .map(file => read(`init-stub/src/${file}`))
    .join('\n')
  // A GUID is written as numbers there, in groups of four digits; the types of finished partitions travel in the config.
  const squeezed = (text: string) => text.replaceAll(/0x|[-_, ]/g, '')
  const { stateType, dataType, ...known } = NAMES
  const unknown = Object.values(known).filter(({ name }) => !squeezed(init).includes(squeezed(name)))
  expect(unknown).toEqual([])
})

test('the glossary defines every word of the design', () => {
  const words = [
    'node config',
    'machine config',
    'fragment',
    'source',
    'stage',
    'observation',
    'action',
    'plan',
    'event',
    'report',
    'image',
    'component',
    'diagnostic',
    'pass',
    'origin',
    'span',
    'step',
  ]
  const glossary = read('docs/glossary.md')
  expect(words.filter(word => !glossary.includes(`**${word}**`))).toEqual([])
})
