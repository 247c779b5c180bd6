/** The defaults that the node schema tells editors and people are those of the transpiler: written out, they change nothing. */
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import node from '../../schema/node/v1.json' with { type: 'json' }
import { renderPretty } from '../../transpiler/diag/render-pretty.ts'
import { transpile } from '../../transpiler/index.ts'

interface Schema {
  readonly $ref?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
}

/** Every section that has a default, and nothing that has one. */
const COMMON = `
apiVersion: keel/v1
hostname: node-1
network:
  links:
    - {name: eth0, addresses: [192.0.2.10/24], routes: [{gateway: 192.0.2.1}]}
    - {name: eth1, dhcp4: true, dhcp4Overrides: {}}
    - {name: v7, vlan: {id: 7, link: eth0}}
    - {name: b7, bridge: {members: [{name: v7}]}}
  firewall: {links: [eth0]}
time: {}
storage:
  disks:
    - match: {serial: a}
      partitions: [{label: KEEL-STATE, size: 1GiB}, {label: MINE, size: rest}]
  filesystems: [{partition: MINE, mountPath: /var/mine}]
  persist: [{path: /var/kept, partition: MINE}]
  directories: [{path: /var/made}]
  files: [{path: /etc/motd, contents: {inline: hello}}]
health: {}
watchdog: {}
onFailure: {reboot: {}}
`
const ROLES: Readonly<Record<string, string>> = {
  none: '',
  standalone:
    'kubernetes: {role: standalone, cni: {bridge: {}}, shutdown: {}, registries: [{name: quay.io, mirrors: [{url: "https://a.example.org"}]}]}\n',
  worker: `kubernetes:
  role: worker
  shutdown: {}
  taints: [{key: a, effect: NoSchedule}]
  nodeLabels: {}
  join: {endpoint: "a:6443", token: abcdef.0123456789abcdef, caCertHashes: ["sha256:${'0'.repeat(64)}"]}
`,
}

/** Property schemas of every value that was seen. */
const seen = new Set<Schema>()

function resolved({ $ref, ...schema }: Schema): Schema {
  const definitions = node.definitions as unknown as Readonly<Record<string, Schema>>
  return $ref === undefined ? schema : { ...definitions[$ref.slice('#/definitions/'.length)], ...schema }
}

/** The reading of a schema that a value has. */
function readingOf(schema: Schema, value: object): Schema {
  const real = resolved(schema)
  const all = real.oneOf?.map(resolved) ?? [real]
  const fits = (one: Schema) =>
    Array.isArray(value)
      ? one.items
      : one.properties && Object.keys(value).every(key => key in (one.properties ?? {}))
  return all.find(fits) ?? {}
}

/** A value with every default of its schema that it leaves out. */
function withDefaults(value: unknown, schema: Schema): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { items = {}, properties = {} } = readingOf(schema, value)
  if (Array.isArray(value)) return value.map(item => withDefaults(item, items))
  const given = Object.entries(value).map(([key, inner]) => [key, withDefaults(inner, properties[key] ?? {})])
  const missing = Object.entries(properties).flatMap(([key, one]) => {
    seen.add(one)
    const usual = resolved(one).default
    return usual === undefined || key in value ? [] : [[key, usual]]
  })
  return Object.fromEntries([...given, ...missing])
}

test.each(Object.keys(ROLES))('role %s', role => {
  const config = COMMON + ROLES[role]
  const written = stringify(withDefaults(parse(config), node as unknown as Schema))
  const [short, long] = [config, written].map(text => transpile([{ name: 'a.yaml', text }]))
  expect(long && renderPretty(long)).toBe('')
  expect(long?.text).toBe(short?.text)
})

test('no default of the schema was left out above', () => {
  const properties = (value: unknown): [string, Schema][] => {
    if (typeof value !== 'object' || value === null) return []
    const own = 'properties' in value ? Object.entries((value as Schema).properties ?? {}) : []
    return [...own, ...Object.values(value).flatMap(properties)]
  }
  const reported = properties(node).filter(([, one]) => resolved(one).default !== undefined)
  expect(reported.length).toBeGreaterThan(20)
  expect(reported.filter(([, one]) => !seen.has(one)).map(([key]) => key)).toEqual([])
})
