/** Minors of the machine schema: the table, the lowest version of a config, and what a version may say. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { digestOf, withoutVersions } from '../../schema/gen.ts'
import { MINORS, type Minor, type Place, VERSIONS } from '../../schema/minors.ts'
import { readMachineConfig } from '../../transpiler/index.ts'
import { lowestVersion, versionProblem } from '../../transpiler/machine/api-version.ts'
import { formsOf, MACHINE_SCHEMA, type Schema } from '../machine-schema.ts'

const text = readFileSync('schema/machine/v1.json', 'utf8')
const digest = (schema: string) => digestOf(withoutVersions(JSON.parse(schema)))

describe('the table', () => {
  test('has a row for every change of what the machine schema accepts', () => {
    const advice = 'the machine schema has changed: add a row to schema/minors.ts with this digest'
    expect(MINORS.at(-1)?.sha256, advice).toBe(digest(text))
  })

  test('a change of a rule has another digest, a change of a description or of the list of versions has not', () => {
    expect(digest(text.replace('"maxLength": 64', '"maxLength": 65'))).not.toBe(digest(text))
    expect(digest(text.replace('"enum": ["ext4"]', '"enum": ["ext4", "xfs"]'))).not.toBe(digest(text))
    expect(digest(text.replace('The host name', 'The name'))).toBe(digest(text))
    expect(digest(text.replace('"enum": ["keel/v1"', '"enum": ["keel/v1", "keel/v1.7"'))).toBe(digest(text))
  })

  test('the schema takes the versions of the table', () => {
    expect(JSON.parse(text).properties.apiVersion.enum).toEqual(VERSIONS)
  })
})

/** A table of a later time. */
const LATER: readonly Minor[] = [
  { adds: [], removes: [], sha256: '' },
  { adds: [{ path: 'storage.filesystems.*.label' }], removes: [], sha256: '' },
  {
    adds: [{ path: 'storage.filesystems.*.format', value: 'xfs' }],
    removes: [{ path: 'time.servers' }],
    sha256: '',
  },
]

const config = (version: string, filesystem: object, time: object = {}) => ({
  apiVersion: version,
  kind: 'MachineConfig',
  time,
  storage: { filesystems: [{ format: 'ext4' }, filesystem] },
})

test.each([
  [{ format: 'ext4' }, 'keel/v1'],
  [{ format: 'ext4', label: 'a' }, 'keel/v1.1'],
  [{ format: 'xfs' }, 'keel/v1.2'],
  [{ format: 'xfs', label: 'a' }, 'keel/v1.2'],
])('a config names the lowest version that can say it: %j', (filesystem, version) => {
  expect(lowestVersion(config('', filesystem), LATER)).toBe(version)
  expect(versionProblem(config(version, filesystem), LATER)).toBeUndefined()
})

test.each([
  ['keel/v1', { label: 'a' }, {}, '/storage/filesystems/1/label', /came with keel\/v1\.1/],
  ['keel/v1.1', { format: 'xfs' }, {}, '/storage/filesystems/1/format', /came with keel\/v1\.2/],
  ['keel/v1', {}, { servers: [] }, '/time/servers', /keel\/v1\.2 removed this/],
  ['keel/v1.1', {}, { servers: [] }, '/time/servers', /keel\/v1\.2 removed this/],
  ['keel/v1.3', {}, {}, '/apiVersion', /newest version known here is keel\/v1\.2/],
  ['keel/v1.999999999', {}, {}, '/apiVersion', /newest version/],
])('%s cannot say %j and %j', (version, filesystem, time, pointer, message) => {
  const problem = versionProblem(config(version, filesystem, time), LATER)
  expect(problem).toEqual({ pointer, message: expect.stringMatching(message) })
})

test('other majors, other forms and other documents are left to the schema', () => {
  for (const version of ['keel/v2', 'keel/v1.0', 'keel/v1.01', 'keel/v1.', 'keel/v1.1x', 'keel/v11', 7])
    expect(versionProblem({ ...config('', { label: 'a' }), apiVersion: version }, LATER)).toBeUndefined()
  expect(versionProblem({ ...config('keel/v1.9', {}), kind: 'NodeConfig' }, LATER)).toBeUndefined()
  for (const strange of [null, [], 'keel/v1.9', { apiVersion: 'keel/v1.9' }])
    expect(versionProblem(strange, LATER)).toBeUndefined()
})

test('a config of a newer keelctl is named as such, whatever else it contains', () => {
  const whole = JSON.parse(readFileSync('fixtures/machine/ok/everything-at-once.json', 'utf8'))
  const newer = JSON.stringify({ ...whole, apiVersion: 'keel/v1.99', somethingNew: {} })
  expect(readMachineConfig(Buffer.from(newer))).toEqual({
    problem: { pointer: '/apiVersion', message: expect.stringMatching(/keel\/v1\.99.*newer keelctl/) },
  })
})

/** What the machine schema has at the end of a path, over references and all forms of an object. */
function schemasAt(path: readonly string[]): Schema[] {
  let found = formsOf(MACHINE_SCHEMA)
  for (const step of path)
    found = found
      .flatMap(({ properties, items }) => (step === '*' ? [items] : [properties?.[step]]))
      .flatMap(one => (one === undefined ? [] : formsOf(one)))
  return found
}

/** Whether the machine schema lets a config have something in a place. */
function isThere({ path, value }: Place): boolean {
  const found = schemasAt(path.split('.'))
  return found.some(one => value === undefined || one.const === value || one.enum?.includes(value))
}

/** Whether a config must have something in a place. */
function isRequired({ path, value }: Place): boolean {
  const steps = path.split('.')
  const key = steps.at(-1) ?? ''
  const parents = schemasAt(steps.slice(0, -1))
  return value === undefined && parents.some(({ required }) => required?.includes(key))
}

test('what a minor adds is in the schema and optional, and what one removes is not in it', () => {
  const changes = MINORS.flatMap(({ adds, removes }) => [
    ...removes.map(place => ({ place, isAdded: false })),
    ...adds.map(place => ({ place, isAdded: true })),
  ])
  // Of several changes to one place the last counts.
  const last = new Map(changes.map(change => [JSON.stringify(change.place), change]))
  const isWrong = ({ place, isAdded }: (typeof changes)[number]) =>
    isThere(place) !== isAdded || (isAdded && isRequired(place))
  expect([...last.values()].filter(isWrong)).toEqual([])
})

test('places are found in the schema', () => {
  for (const path of ['hostname.from.*', 'network.links.*.mtuBytes', 'kubernetes.discovery.token'])
    expect(isThere({ path }), path).toBe(true)
  for (const [path, value] of [
    ['storage.filesystems.*.format', 'ext4'],
    ['kubernetes.role', 'worker'],
  ] as const) {
    expect(isThere({ path, value }), path).toBe(true)
    expect(isThere({ path, value: 'other' }), path).toBe(false)
  }
  expect(isThere({ path: 'storage.filesystems.*.nothing' })).toBe(false)
  expect(isRequired({ path: 'network.links.*.mtuBytes' })).toBe(false)
  expect(isRequired({ path: 'storage.filesystems.*.format' })).toBe(true)
})
