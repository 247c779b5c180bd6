/** keelctl external over a file system in memory: the protocol case by case. */
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import type { DirectoryJSON } from 'memfs'
import { expect, test } from 'vitest'
import { PLATFORMS } from '../../schema/platforms.ts'
import type { Env } from '../../src/cli/env.ts'
import { external } from '../../src/commands/external.ts'
import { gzipped } from '../../src/terraform/gzip.ts'
import { LIMITS, limitUsage, NEEDS_SEED } from '../../src/terraform/user-data-limits.ts'
import { GOOD, memoryEnv } from './memory-env.ts'

const BAD = 'apiVersion: keel/v1\nhostname: node-1\nkernal: {}\n'
const WARNED = `${GOOD}network: {links: [], nameservers: [192.0.2.1]}\n`
const MOTD = `${GOOD}storage: {files: [{path: /etc/motd, contents: {local: motd}}]}\n`

/** What a query is answered with. */
function ask(query: unknown, files: DirectoryJSON = {}, terminal: Partial<Env['isTerminal']> = {}) {
  const stdin = typeof query === 'string' ? query : JSON.stringify(query)
  const { env, output } = memoryEnv(files, terminal)
  const code = external({ ...env, stdin: () => Buffer.from(stdin) })
  return { code, ...output, result: output.stdout === '' ? {} : JSON.parse(output.stdout) }
}

test('the result has every key, and each of its values is a string', () => {
  const { code, result, stderr } = ask({ path: 'a.yaml' }, { 'a.yaml': GOOD })
  expect({ code, stderr, keys: Object.keys(result) }).toEqual({
    code: 0,
    stderr: '',
    keys: [
      'rendered',
      'rendered_base64',
      'rendered_gzip_base64',
      'sha256',
      'size_bytes',
      'config_version',
      'warnings',
      'warning_count',
    ],
  })
  expect(Object.values(result).every(value => typeof value === 'string')).toBe(true)
  expect(result).toMatchObject({ config_version: 'keel/v1.7', warnings: '[]', warning_count: '0' })
})

test('every form holds the same document', () => {
  const { result } = ask({ content: GOOD })
  expect(JSON.parse(result.rendered).hostname).toEqual({ type: 'fixed', name: 'node-1' })
  expect(Buffer.from(result.rendered_base64, 'base64').toString()).toBe(result.rendered)
  expect(gunzipSync(Buffer.from(result.rendered_gzip_base64, 'base64')).toString()).toBe(result.rendered)
  expect(createHash('sha256').update(result.rendered).digest('hex')).toBe(result.sha256)
  expect(result.size_bytes).toBe(String(Buffer.byteLength(result.rendered)))
})

test('packed bytes never change: another byte would replace machines', () => {
  const text = Buffer.from('one machine config after another\n'.repeat(100))
  expect(createHash('sha256').update(gzipped(text)).digest('hex')).toBe(
    'b762a63db1f7f94658a5b6d20c93e12fbe6eff2367defe894355b77d465c92ea',
  )
  expect(gunzipSync(gzipped(text)).equals(text)).toBe(true)
})

test('local files are looked for in files_dir, else in the folder of the config', () => {
  const files = { 'sub/a.yaml': MOTD, 'sub/motd': 'own folder\n', 'other/motd': 'other\n', motd: 'here\n' }
  const motd = (query: object) => JSON.parse(ask(query, files).result.rendered).storage.files[0].contents.text
  expect(motd({ path: 'sub/a.yaml' })).toBe('own folder\n')
  expect(motd({ path: 'sub/a.yaml', files_dir: 'other' })).toBe('other\n')
  expect(motd({ content: MOTD })).toBe('here\n')
  expect(motd({ content: MOTD, files_dir: '/nodes/other' })).toBe('other\n')
})

test('snippets are merged in their order', () => {
  const snippets = JSON.stringify(['hostname: node-2\n', 'hostname: node-3\n'])
  expect(JSON.parse(ask({ content: GOOD, snippets }).result.rendered).hostname.name).toBe('node-3')
})

test('a batch gives each node its own keys and merges shared snippets before its own', () => {
  const { result } = ask(
    {
      batch: JSON.stringify({
        n1: GOOD,
        n2: { path: 'a.yaml', content: null, snippets: ['hostname: own\n'] },
      }),
      snippets: JSON.stringify(['hostname: shared\n']),
    },
    { 'a.yaml': GOOD },
  )
  expect(JSON.parse(result['rendered.n1']).hostname.name).toBe('shared')
  expect(JSON.parse(result['rendered.n2']).hostname.name).toBe('own')
  expect(Object.keys(result).filter(key => key.endsWith('.n2'))).toEqual([
    'rendered.n2',
    'rendered_base64.n2',
    'rendered_gzip_base64.n2',
    'sha256.n2',
    'size_bytes.n2',
  ])
  expect(result).toMatchObject({ config_version: 'keel/v1.7', warning_count: '0' })
})

test('an empty batch is answered with no node', () => {
  expect(ask({ batch: '{}' })).toMatchObject({ code: 0, result: { warning_count: '0' } })
})

test('warnings are in the result, since a successful stderr is lost, and are errors with strict', () => {
  const { code, result } = ask({ content: WARNED })
  expect({ code, count: result.warning_count, warnings: JSON.parse(result.warnings) }).toEqual({
    code: 0,
    count: '1',
    warnings: [expect.stringMatching(/^<content>:3:\d+ network-/)],
  })
  expect(ask({ content: WARNED, strict: 'true' })).toMatchObject({ code: 1, stdout: '' })
  expect(ask({ content: WARNED, strict: 'false' })).toMatchObject({ code: 0 })
})

test('an error is one line first, then frames, and nothing on stdout', () => {
  expect(ask({ path: 'a.yaml' }, { 'a.yaml': BAD })).toMatchInlineSnapshot(`
    {
      "code": 1,
      "result": {},
      "stderr": "keelctl: 1 error: a.yaml:3:1 schema-unknown-key: there is no key \`kernal\` here

    a.yaml:3:1: error[schema-unknown-key] at $.kernal
      there is no key \`kernal\` here
      3 | kernal: {}
        | ^^^^^^
      hint: did you mean \`kernel\`?
    ",
      "stdout": "",
    }
  `)
})

test('an error of a batch names the node', () => {
  const { stderr } = ask({ batch: JSON.stringify({ n1: GOOD, n2: BAD }) })
  expect(stderr.split('\n')[0]).toBe(
    'keelctl: 1 error: n2 (<content>:3:1) schema-unknown-key: there is no key `kernal` here',
  )
})

test.each([
  ['', 'standard input is empty'],
  ['[]', 'standard input is not a JSON object'],
  ['{', 'standard input is not JSON'],
  [{}, 'the query needs either content or path'],
  [{ content: GOOD, path: 'a.yaml' }, 'the query needs either content or path'],
  [{ content: 1 }, 'the value of content must be a string'],
  [{ content: GOOD, snippet: '[]' }, 'unknown key "snippet"; did you mean snippets?'],
  [{ content: GOOD, snippets: '{}' }, 'snippets must be a JSON list of strings'],
  [{ content: GOOD, strict: 'yes' }, 'strict must be true or false'],
  [{ content: GOOD, pretty: '1' }, 'pretty must be true or false'],
  [{ content: GOOD, vars: '{}' }, 'vars is not supported'],
  [{ content: GOOD, platform: 'awss' }, 'did you mean aws?'],
  [{ content: GOOD, batch: '{}' }, 'batch goes with neither'],
  [{ batch: '{"a":1}' }, 'a of batch must be a string or an object'],
  [{ batch: '{"a":{}}' }, 'a needs either content or path'],
])('a wrong query is a usage error: %j', (query, message) => {
  expect(() => ask(query)).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }),
  )
})

test('a terminal as standard input gets the usage', () => {
  expect(() => ask('', {}, { stdin: true })).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringContaining('by hand: echo') }),
  )
})

test('a file that cannot be read is a failure of the environment', () => {
  expect(() => ask({ path: 'none.yaml' })).toThrow(expect.objectContaining({ exitCode: 3 }))
})

test('a terminal gets no secrets', () => {
  const secret = `${GOOD}storage: {files: [{path: /etc/a, mode: 0600, contents: {inline: hush}}]}\n`
  expect(() => ask({ content: secret }, {}, { stdout: true })).toThrow(
    expect.objectContaining({ exitCode: 2 }),
  )
  expect(ask({ content: secret }).code).toBe(0)
})

test('a platform adds what the document takes of its limit', () => {
  const { result, stderr } = ask({ content: GOOD, platform: 'aws' })
  expect(result).toMatchObject({
    platform_limit_bytes: '16384',
    platform_size_bytes: result.size_bytes,
    platform_gzip_size_bytes: String(Buffer.from(result.rendered_gzip_base64, 'base64').length),
  })
  expect(stderr).toMatch(/^the machine config: \d+ of 16384 bytes on aws, packed \d+\n$/)
  expect(ask({ content: GOOD, platform: 'libvirt' }).result.platform_limit_bytes).toBeUndefined()
})

test('what fits in no form is refused', () => {
  // Noise does not pack.
  const noise = Array.from({ length: 400 }, (_, i) => createHash('sha256').update(String(i)).digest('hex'))
  const files = { noise: noise.join('') }
  const content = `${GOOD}storage: {files: [{path: /etc/noise, contents: {local: noise}}]}\n`
  expect(ask({ content, platform: 'gcp' }, files).code).toBe(0)
  expect(
    ask({ content, platform: 'aws' }, { noise: `${files.noise}${files.noise.toUpperCase()}` }),
  ).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^keelctl: too large: the machine config: \d+ of 16384/),
  })
})

test('base64 counts where a platform counts it, and where only text is taken', () => {
  const [document, packed] = [new Uint8Array(300), new Uint8Array(30)]
  expect(limitUsage('aws', document, packed)).toMatchObject({ plainBytes: 300, packedBytes: 30 })
  expect(limitUsage('azure', document, packed)).toMatchObject({ plainBytes: 400, packedBytes: 40 })
  expect(limitUsage('hetzner', document, packed)).toMatchObject({ plainBytes: 300, packedBytes: 40 })
})

test('a platform whose user data keel-init does not read has no limit that would promise it', () => {
  for (const name of NEEDS_SEED) {
    expect(Object.hasOwn(LIMITS, name)).toBe(false)
    expect(() => ask({ content: GOOD, platform: name })).toThrow(/keelctl seed/)
  }
  // Every limit is that of a platform with a source of init.
  const limited = Object.entries(LIMITS).filter(([, limit]) => limit !== undefined)
  expect(limited.map(([name]) => name)).toEqual(PLATFORMS.map(({ name }) => name).sort())
  for (const name of ['nocloud', 'qemu', 'pxe', 'libvirt'])
    expect(ask({ content: GOOD, platform: name })).toMatchObject({ code: 0 })
})

test('an empty snippet, as of a condition that does not hold, adds nothing', () => {
  const single = ask({ content: GOOD }).result
  for (const snippets of [[''], ['', '# nothing\n'], ['---\n', '\n']])
    expect(ask({ content: GOOD, snippets: JSON.stringify(snippets) })).toMatchObject({
      code: 0,
      result: single,
    })
})
