/** Generated files are what their generator makes of the schemas, and their folders have no other file. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { kubernetesVersions } from '../../images/lock.ts'
import { cargoStep } from '../../images/steps/cargo.ts'
import { FOLDERS, generated } from '../../schema/gen.ts'
import { KUBERNETES_LINES } from '../../schema/kubernetes-lines.ts'
import { pages } from '../../src/reference/generate.ts'
import { lockOf } from '../lock.ts'

test('what the schemas and the table of platforms generate is what npm run gen writes', async () => {
  const wanted = await generated('.')
  const there = FOLDERS.flatMap(folder => readdirSync(folder).map(name => `${folder}/${name}`))
  const isInFolder = (path: string) => FOLDERS.some(folder => path.startsWith(`${folder}/`))
  expect(there.sort()).toEqual(Object.keys(wanted).filter(isInFolder).sort())
  const differ = Object.entries(wanted).filter(([path, text]) => readFileSync(path, 'utf8') !== text)
  expect(differ.map(([name]) => `${name} differs: npm run gen`)).toEqual([])
})

/** Without Go; test/image and test/long ask Go whether the rest is what it writes. */
test('schema/kubernetes is of the kubelets that the lock pins, and each is of a line', () => {
  const versions = kubernetesVersions(lockOf('components'))
  const { module, version: minor, others } = JSON.parse(readFileSync('schema/kubernetes/v1.json', 'utf8'))
  const rows = [[minor, { module }], ...Object.entries(others)] as [string, { module: string }][]
  expect(
    rows.map(([, { module }]) => module),
    'npm run gen:kubernetes',
  ).toEqual(versions.map(version => `k8s.io/kubernetes@v${version}`))
  const minors = versions.map(version => version.split('.').slice(0, 2).join('.'))
  expect(rows.map(([minor]) => minor)).toEqual(minors)
  expect(KUBERNETES_LINES.map(line => line.minor)).toEqual(minors)
})

test('docs/reference is what npm run gen writes', async () => {
  const wanted = await pages()
  expect(readdirSync('docs/reference').sort()).toEqual(Object.keys(wanted).sort())
  const differ = Object.entries(wanted).filter(
    ([name, text]) => readFileSync(`docs/reference/${name}`, 'utf8') !== text,
  )
  expect(differ.map(([name]) => `${name} differs: npm run gen`)).toEqual([])
})

/** SHA-256 of each released schema. Until Keel 1.0 there is none: v1 may change; from then on a change here is a mistake. */
const RELEASED: Readonly<Record<string, string>> = {}

test('a released schema is frozen', () => {
  const digestOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
  const changed = Object.entries(RELEASED).filter(([file, digest]) => digestOf(file) !== digest)
  expect(changed.map(([file]) => `${file} is released: an addition is a new minor version`)).toEqual([])
})

test('init fills in nothing: no default in the machine schema, every object closed, no default in its types', () => {
  const text = readFileSync('schema/machine/v1.json', 'utf8')
  expect(text).not.toMatch(/"default":/)
  const open = objectsIn(JSON.parse(text)).filter(
    one => 'properties' in one && one['additionalProperties'] !== false,
  )
  expect(open).toEqual([])
  const types = readdirSync('init-stub/src/core/config', { recursive: true, encoding: 'utf8' })
  const filling = [
    'init-stub/src/core/config.rs',
    ...types.map(file => `init-stub/src/core/config/${file}`),
  ].filter(file => file.endsWith('.rs') && /serde\([^)]*\bdefault\b/.test(readFileSync(file, 'utf8')))
  expect(filling).toEqual([])
})

function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(objectsIn)
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner]
}

test('every schema stays within draft-07 and what 2020-12 shares with it', () => {
  const texts = ['node', 'machine', 'event'].map(name => readFileSync(`schema/${name}/v1.json`, 'utf8'))
  for (const text of texts) {
    const words = new Set([...text.matchAll(/"([$\w]+)":/g)].map(([, word]) => word))
    for (const word of [
      '$defs',
      'dependencies',
      'if',
      'not',
      'anyOf',
      'additionalItems',
      'unevaluatedProperties',
    ])
      expect(words).not.toContain(word)
  }
})

test('an image builds keel-init with the flags of its crate', () => {
  const config = readFileSync('init-stub/.cargo/config.toml', 'utf8')
  const flags = JSON.parse(/^rustflags = (\[.*\])$/m.exec(config)?.[1] ?? 'null').join(' ')
  const [build] = cargoStep('keel-init', 'init-stub', '/home').commands
  expect(build?.env?.['RUSTFLAGS']?.split(' --remap')[0]).toBe(flags)
  expect(build?.argv).toContain(/^target = "(.*)"$/m.exec(config)?.[1])
})
