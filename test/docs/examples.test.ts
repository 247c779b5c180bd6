/** Every fenced `yaml keel` block of the docs is a node config, or with `fragment` a part of one, that keelctl check --strict accepts. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderPretty } from '../../transpiler/diag/render-pretty.ts'
import { transpile } from '../../transpiler/index.ts'

const HEAD = 'apiVersion: keel/v1\nhostname: node-1\n'

/** What examples name by `local`. */
const BESIDE: Readonly<Record<string, string>> = {
  'pod.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: {name: example}\nspec: {hostNetwork: true, containers: [{name: a, image: b}]}\n',
  'discovery.conf':
    'kind: Config\nclusters: [{name: a, cluster: {server: "https://a:6443", certificate-authority-data: LS0tCg==}}]\n',
  'ca.crt': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
}

const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => join('docs', file)),
]
const examples = pages.flatMap(page =>
  [...readFileSync(page, 'utf8').matchAll(/^```yaml keel( fragment)?\n([\s\S]*?)^```/gm)].map(
    ([, fragment, text = ''], i) => ({
      name: `${page} example ${i + 1}`,
      text: fragment ? HEAD + text : text,
    }),
  ),
)

test('the docs have examples', () => expect(examples.length).toBeGreaterThan(0))

test.each(examples)('$name', ({ name, text }) => {
  const readLocal = (path: string) =>
    new TextEncoder().encode(BESIDE[path.split('/').at(-1)?.includes('pod') ? 'pod.yaml' : path] ?? 'text\n')
  const result = transpile([{ name, text }], { readLocal })
  expect(renderPretty(result)).toBe('')
})

test.each([[['worker.keel.yaml']], [['joining-worker.keel.yaml', 'join.keel.yaml']]])(
  'the demo passes keelctl check --strict: %s',
  files => {
    const folder = 'fixtures/demo'
    const readLocal = (path: string) => new Uint8Array(readFileSync(`${folder}/${path}`))
    const sources = files.map(name => ({ name, text: readFileSync(`${folder}/${name}`, 'utf8') }))
    expect(renderPretty(transpile(sources, { readLocal }))).toBe('')
  },
)
