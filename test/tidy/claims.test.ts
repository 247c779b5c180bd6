/**
 * What pages for operators say is held by tests: each section names them in comments, `held by FILE: part of the title`. The codes that a
 * section names occur in one of these files.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import event from '../../schema/event/v1.json' with { type: 'json' }
import { PROOFS } from '../../src/reference/support-page.ts'
import { catalog } from '../../transpiler/diag/catalog.ts'

const PAGES = [
  ...['operations', 'security', 'upgrade', 'life-of-a-boot'].map(page => `docs/${page}.md`),
  ...readdirSync('docs/boot').map(page => `docs/boot/${page}`),
]

const initCodes = event.definitions.ErrorCode.oneOf.map(one => one.const)
const eventTypes = event.oneOf.map(({ properties }) => properties.type.const)
/** Words of other programs that look like codes. */
const OTHERS = [
  'cluster-info',
  'node-ip',
  'user-data',
  'meta-data',
  'network-config',
  'instance-id',
  'local-hostname',
]

interface Section {
  readonly name: string
  readonly text: string
  readonly proofs: readonly { readonly file: string; readonly title: string }[]
}

function sectionsOf(page: string): Section[] {
  return readFileSync(page, 'utf8')
    .split(/^(?=## )/m)
    .map(text => ({
      name: `${page}: ${text.slice(0, text.indexOf('\n')).replace(/^#+ /, '')}`,
      text,
      proofs: [...text.matchAll(/^<!-- held by (\S+): (.+) -->$/gm)].map(([, file = '', title = '']) => ({
        file,
        title,
      })),
    }))
}

const sections = PAGES.flatMap(sectionsOf)
const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
/** A test file names a code as it stands in events, a test of keel-init by its name in Rust. */
const inRust = (code: string) => `Code::${code.replaceAll(/(?:^|-)(\w)/g, (_, first) => first.toUpperCase())}`

/** What stands before the first section only introduces a page, unless it has a table; what is not there, no test could show. */
const claiming = sections.filter(
  ({ text }) =>
    (text.startsWith('## ') || text.includes('---|') || text.includes('| --- |')) &&
    !text.includes('<!-- nothing to hold: what is not there -->'),
)

test('every section for operators names the tests that hold it', () => {
  expect(sections.length).toBeGreaterThan(20)
  expect(claiming.filter(({ proofs }) => proofs.length === 0).map(({ name }) => name)).toEqual([])
})

test('the tests that they name are there', () => {
  const missing = sections.flatMap(({ name, proofs }) =>
    proofs
      .filter(({ file, title }) => !read(file).includes(title))
      .map(one => `${name}: ${one.file}: ${one.title}`),
  )
  expect(missing).toEqual([])
})

test('the tests that the support matrix names are there', () => {
  expect(PROOFS.length).toBeGreaterThan(15)
  expect(PROOFS.filter(({ file, title }) => !read(file).includes(title))).toEqual([])
})

test('every code that a section names is in one of its tests', () => {
  const unproved = claiming.flatMap(({ name, text, proofs }) => {
    const tests = proofs.map(({ file }) => read(file)).join('\n')
    const named = initCodes.filter(code => text.includes(`\`${code}\``))
    return named
      .filter(code => !new RegExp(`\\b${code}\\b(?!-)`).test(tests) && !tests.includes(inRust(code)))
      .map(code => `${name}: ${code}`)
  })
  expect(unproved).toEqual([])
})

test('what looks like a code on these pages is one', () => {
  const known = new Set([...initCodes, ...eventTypes, ...Object.keys(catalog), ...OTHERS])
  const words = PAGES.flatMap(name =>
    [...read(name).matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, word = '']) => ({ name, word })),
  )
  expect(words.filter(({ word }) => !known.has(word)).map(({ name, word }) => `${name}: ${word}`)).toEqual([])
})

test('the workers that security.md lists are those of keel-init, with their rights', () => {
  const table = /EXPECTED: [^=]*= \[\n([\s\S]*?)\n\];/.exec(read('init-stub/tests/confinement.rs'))?.[1] ?? ''
  const workers = [...table.matchAll(/\("(\w+)", ([\w |]+), (?:Some\((\d+)\)|None)\)/g)].map(
    ([, name, rights = '', mib]) =>
      `| ${name} | ${rights === '0' ? 'none' : rights.replaceAll(' |', ',')} | ${mib === undefined ? 'no limit' : `${mib} MiB`} |`,
  )
  expect(workers.length).toBeGreaterThan(10)
  const rows = [
    ...read('docs/security.md').matchAll(/^\| (\w+) \| [^|]+ (\| [^|]+ \| (?:no limit|\d+ MiB) \|)$/gm),
  ]
  expect(rows.map(([, name, rest]) => `| ${name} ${rest}`)).toEqual(workers)
})

test('every page for operators is linked from the index', () => {
  const index = readFileSync('docs/README.md', 'utf8')
  expect(PAGES.filter(page => !index.includes(`](${page.slice('docs/'.length)})`))).toEqual([])
})
