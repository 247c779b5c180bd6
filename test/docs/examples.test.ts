/** Every fenced `yaml keel` block of the docs is a node config, or with `fragment` a part of one, that keelctl check --strict accepts. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { renderPretty } from '../../transpiler/diag/render-pretty.ts'
import { transpile } from '../../transpiler/index.ts'
import { fencedBlocks } from '../fenced-blocks.ts'

const HEAD = 'apiVersion: keel/v1\nhostname: node-1\n'

/** What examples name by `local`. */
const LOCAL_FILES: Readonly<Record<string, string>> = {
  'pod.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: {name: example}\nspec: {hostNetwork: true, containers: [{name: a, image: b}]}\n',
  'discovery.conf':
    'kind: Config\nclusters: [{name: "", cluster: {server: "https://a:6443", certificate-authority-data: LS0tCg==}}]\n',
  'ca.crt': '-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n',
}

const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => join('docs', file)),
]
const examples = pages.flatMap(page =>
  fencedBlocks(page)
    .filter(({ info }) => /^yaml keel\b/.test(info))
    .map(({ info, text }, i) => {
      const isFragment = info === 'yaml keel fragment'
      return { name: `${page} example ${i + 1}`, page, isFragment, text: isFragment ? HEAD + text : text }
    }),
)

test('the docs have examples', () => expect(examples.length).toBeGreaterThan(0))

test.each(examples)('$name', ({ name, text }) => {
  const readLocal = (path: string) =>
    new TextEncoder().encode(
      LOCAL_FILES[path.split('/').at(-1)?.includes('pod') ? 'pod.yaml' : path] ?? 'text\n',
    )
  const result = transpile([{ name, text }], { readLocal })
  expect(renderPretty(result)).toBe('')
})

test.each([
  ['fixtures/demo', ['worker.keel.yaml']],
  ['fixtures/demo', ['joining-worker.keel.yaml', 'join.keel.yaml']],
  ['fixtures/terraform', ['worker.keel.yaml']],
])('what is shipped passes keelctl check --strict: %s %s', (folder, files) => {
  const readLocal = (path: string) => new Uint8Array(readFileSync(`${folder}/${path}`))
  const sources = files.map(name => ({ name, text: readFileSync(`${folder}/${name}`, 'utf8') }))
  expect(renderPretty(transpile(sources, { readLocal }))).toBe('')
})

test.each(examples)('$name names its schema for editors', ({ page, isFragment, text }) => {
  const [, schema = 'none'] =
    /^# yaml-language-server: \$schema=(\S+)\n/.exec(isFragment ? text.slice(HEAD.length) : text) ?? []
  // An excerpt is not a file.
  if (isFragment && schema === 'none') return
  // The guide for editors shows where npm puts it.
  const file = schema.startsWith('node_modules/keelctl/')
    ? schema.slice('node_modules/keelctl/'.length)
    : join(dirname(page), schema)
  expect(file).toBe(isFragment ? 'schema/fragment/v1.json' : 'schema/node/v1.json')
})
