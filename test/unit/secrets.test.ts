/** What is secret is never shown: not in a message, not in the line of a problem, not in a map, in no format. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapOf } from '../../src/config/origin-map.ts'
import { checkKernelCommandLine } from '../../src/image/kernel-command-line.ts'
import { renderGithub } from '../../transpiler/diag/render-github.ts'
import { renderJson } from '../../transpiler/diag/render-json.ts'
import { renderPretty } from '../../transpiler/diag/render-pretty.ts'
import { renderSarif } from '../../transpiler/diag/render-sarif.ts'
import { pointerOf, readMachineConfig, secretsIn, transpile } from '../../transpiler/index.ts'
import { ROOM_MS, runs } from './property-runs.ts'

const TOKEN = 'abcdef.0123456789abcdef'
const WRONG = 'Hunter2-is-no-token'
const KEY =
  '-----BEGIN PRIVATE KEY-----\nc2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC0=\n-----END PRIVATE KEY-----\n'
const HASH = `sha256:${'0123456789abcdef'.repeat(4)}`
const HEAD = 'apiVersion: keel/v1\nhostname: w1\n'
/** A key of WireGuard, which has no form that tells a private one from a public one. */
const keyOf = (byte: number) => Buffer.alloc(32, byte).toString('base64')
const tunnel = (keys: string, peer: string, link = '') =>
  `${HEAD}network:\n  links:\n    - {name: wg0, ${link}wireguard: {${keys}, peers: [{publicKey: ${keyOf(1)}, allowedIPs: [10.9.0.2/32]}, {${peer}}]}}\n`
const plain = tunnel(
  `privateKey: ${keyOf(7)}`,
  `publicKey: ${keyOf(2)}, presharedKey: ${keyOf(8)}, allowedIPs: [10.9.0.3/32]`,
)

const worker = (join: string) => `${HEAD}kubernetes:\n  role: worker\n  join: ${join}\n`
const good = worker(`{endpoint: "cp.example.org:6443", token: ${TOKEN}, caCertHashes: ["${HASH}"]}`)

/** Everything that keelctl could show of these sources. */
function shown(...texts: string[]) {
  const result = transpile(texts.map((text, i) => ({ name: `${i}.yaml`, text })))
  const forms = [renderPretty, renderJson, renderGithub, renderSarif].map(render => render(result))
  return { text: [...forms, JSON.stringify(result.diagnostics)].join('\n'), diagnostics: result.diagnostics }
}

describe('a secret in a config with a problem', () => {
  const places: readonly (readonly [name: string, secret: string, ...texts: string[]])[] = [
    ['of another form', WRONG, worker(`{token: ${WRONG}, endpoint: a}`)],
    ['in quotes', WRONG, worker(`{token: "${WRONG}", endpoint: a}`)],
    ['in the line of another problem', TOKEN, worker(`{token: ${TOKEN}, endpont: a}`)],
    ['that is a number', '123456.0123456789', worker('{token: 123456.0123456789}')],
    ['that is too large a number', '123456789012345678901234', worker('{token: 123456789012345678901234}')],
    ['under a misspelled key', TOKEN, worker(`{tokn: ${TOKEN}}`)],
    ['as a key', TOKEN, worker(`{${TOKEN}}`)],
    ['as the endpoint', TOKEN, worker(`{endpoint: ${TOKEN}}`)],
    ['among the hashes', TOKEN, worker(`{caCertHashes: [${TOKEN}]}`)],
    ['as the role', TOKEN, `${HEAD}kubernetes: {role: ${TOKEN}}\n`],
    ['of several lines', WRONG, worker(`\n    token: |\n      ${WRONG}\n      ${WRONG}\n    endpoint: a`)],
    ['of a tunnel', keyOf(7), plain],
    ['of a peer, in a list of a list', keyOf(8), plain],
    ['of a peer that is not a key', WRONG, tunnel('listenPort: 1', `presharedKey: ${WRONG}`)],
    ['of a tunnel under a key of netplan', WRONG, tunnel(`key: ${WRONG}`, 'a: b')],
    ['of a peer under a key of netplan', WRONG, tunnel('listenPort: 1', `keys: {shared: ${WRONG}}`)],
    ['of a tunnel, next to it', WRONG, tunnel('listenPort: 1', 'a: b', `PrivateKey: ${WRONG}, `)],
    ['of a tunnel in a document that is not YAML', WRONG, `${HEAD}  privateKey: ${WRONG}: a\n`],
    ['by an alias', WRONG, `x-token: &t ${WRONG}\n${worker('{token: *t, endpoint: a}')}`],
    [
      'that another fragment replaces',
      WRONG,
      worker(`{token: ${WRONG}, endpont: a}`),
      worker(`{token: ${TOKEN}}`),
    ],
    ['that no quote ends', WRONG, worker(`\n    token: "${WRONG}\n    endpoint: a`)],
    ['in a document that is not YAML', WRONG, worker(`\n    token: ${WRONG}: a`)],
    ['with a tag', WRONG, worker(`\n    token: !secret ${WRONG}`)],
    [
      'in a discovery file',
      WRONG,
      worker(`{discoveryFile: {inline: "kind: Config\\ntoken: ${WRONG}"}, endpoint: a}`),
    ],
    [
      'in a file that only its owner may read',
      WRONG,
      `${HEAD}storage: {files: [{path: /etc/a, mode: 0600, contents: {inline: ${WRONG}}, foo: 1}]}\n`,
    ],
    [
      'in such a file without the word for it',
      WRONG,
      `${HEAD}storage: {files: [{path: /etc/a, mode: 600, contents: ${WRONG}}]}\n`,
    ],
    ...['mod: 0600', 'Mode: "0400"', 'moed: 384'].map((mode): readonly [string, string, string] => [
      `in a file that is for its owner only by a misspelled key, ${mode}`,
      WRONG,
      `${HEAD}storage: {files: [{path: /etc/a, ${mode}, contents: {inline: ${WRONG}}}]}\n`,
    ]),
    ...[
      `{path: /etc/a, mode: 0600, contents: {inline: a: ${WRONG}}}`,
      `{path: /etc/a, contents: {base64: a: ${WRONG}}, mode: "0400"}`,
      `path: /etc/a\n      mode: 384\n      contents:\n        inline: |\n          a\n         ${WRONG}`,
      `mode: 0700\n      contents:\n        inline: "a\n          ${WRONG}: b: c\n      path: /etc/a`,
    ].map((file): readonly [string, string, string] => [
      `in such a file in a document that is not YAML: ${JSON.stringify(file)}`,
      WRONG,
      `${HEAD}storage:\n  files:\n    - ${file}\n`,
    ]),
    ...['384', '256', '448', '"600"', 'rw-------', '6000', '[0600]', '{octal: 0600}'].map(
      (mode): readonly [string, string, string] => [
        `in a file that may be for its owner only, by the mode ${mode}`,
        WRONG,
        `${HEAD}storage: {files: [{path: /etc/a, mode: ${mode}, contents: {inline: ${WRONG}}, foo: 1}]}\n`,
      ],
    ),
    ...[
      `registries: [{name: ghcr.io, password: ${WRONG}}]`,
      `registries: [{name: ghcr.io, auth: ${WRONG}}]`,
      `registries: [{name: ghcr.io, auth: {username: a, password: ${WRONG}}}]`,
      `registries: [{name: ghcr.io, header: {Authorization: ["Basic ${WRONG}"]}}]`,
      `registries: [{name: ghcr.io, credentials: {username: a, passwrod: ${WRONG}}}]`,
      `registries: [{name: ghcr.io, credentials: {username: a, key: ${WRONG}}}]`,
      `registries: [{name: ghcr.io, credentials: "a:${WRONG}"}]`,
      `registries: [{name: ghcr.io, credentials: ["a", "${WRONG}"]}]`,
      `registries: [{name: ghcr.io, mirrors: [{url: a.b, credentials: {token: ${WRONG}}}]}]`,
      `registries: [{name: ghcr.io, mirrors: [{url: "https://a:b@${WRONG}@c.d"}]}]`,
      `registries: [{name: ghcr.io, mirrors: [{url: "https://a:b/${WRONG}@c.d"}]}]`,
      `registries: [{name: ghcr.io, mirrors: ["https://${WRONG}@c.d"]}]`,
      `registries: [{name: "a:${WRONG}@c.d"}]`,
      `proxy: {https: "a:b@${WRONG}@c.d:3128"}`,
      `proxy: {http: "http://a:${WRONG}@c.d:3128", noProxy: ["http://a:${WRONG}@c.d"]}`,
      `proxy: {https: "http://c.d", credentials: {user: a, secret: ${WRONG}}}`,
      `configs: {ghcr.io: {auth: {username: a, passwd: ${WRONG}}}}`,
      `registries: [{name: ghcr.io, credentials: {username: a, pass: ${WRONG}: b}}]`,
      ...['*', '!', '&', '#', 'a #', '!!', '>-\n  ', '|\n', '\n\t', '&a ', '@', '%', '`'].map(
        before => `registries:\n    - credentials:\n        password: ${before}${WRONG}`,
      ),
    ].map((line): readonly [string, string, string] => [
      `as another tool has it: ${line}`,
      WRONG,
      `${HEAD}kubernetes:\n  role: standalone\n  ${line}\n`,
    ]),
    [
      'in a file',
      'c2VjcmV0',
      `${HEAD}storage: {files: [{path: etc, contents: {inline: ${JSON.stringify(KEY)}}}]}\n`,
    ],
    [
      'instead of a CA',
      'c2VjcmV0',
      `${HEAD}kubernetes: {role: standalone, clientCA: {inline: ${JSON.stringify(KEY)}}}\n`,
    ],
  ]

  test.each(places)('%s', (_, secret, ...texts) => {
    const { text, diagnostics } = shown(...texts)
    expect(diagnostics.length).toBeGreaterThan(0)
    expect(text).not.toContain(secret)
  })

  test(
    'wherever the config around it is cut',
    () => {
      const config = readFileSync('fixtures/golden/a-worker-with-everything/node.keel.yaml', 'utf8')
      const start = config.indexOf(TOKEN)
      const [before, after] = [config.slice(0, start - 1), config.slice(start + TOKEN.length + 1)]
      const middle = config.slice(start - 1, start + TOKEN.length + 1)
      const share = fc.double({ min: 0, max: 1, noNaN: true })
      const cut = (text: string, at: number, length: number) => {
        const from = Math.floor(at * text.length)
        return text.slice(0, from) + text.slice(from + length)
      }
      fc.assert(
        fc.property(share, share, fc.nat(60), fc.nat(60), (first, second, most, least) => {
          const { text } = shown(cut(before, first, most) + middle + cut(after, second, least))
          expect(text).not.toContain(TOKEN)
        }),
        runs(300),
      )
    },
    ROOM_MS,
  )

  test('leaves the marks below its line where they were', () => {
    const lines = shown(worker(`{token: ${TOKEN}, endpont: a}`)).text.split('\n')
    const at = lines.findIndex(line => line.includes('[schema-unknown-key]')) + 2
    expect(lines[at]?.indexOf('endpont')).toBe(lines[at + 1]?.indexOf('^'))
  })

  test.each(['*', '!'])('a short one that begins with %s', sign => {
    const { text } = shown(
      `${HEAD}kubernetes:\n  role: standalone\n  proxy: {credentials: {password: ${sign}q7x}}\n`,
    )
    expect(text).not.toContain('q7x')
  })

  test('the digest of an image and the port of its registry are shown', () => {
    for (const image of [`a.b:5000/c:1@sha256:${'0'.repeat(63)}`, `https://a.b:5000/c@${HASH}`])
      expect(shown(`${HEAD}kubernetes: {role: standalone, pauseImage: "${image}"}\n`).text).toContain(image)
  })

  test('a host name that looks like a token is shown', () => {
    expect(shown(`${HEAD}time: {servers: ["server.internalnetworks:1"]}\n`).text).toContain(
      'server.internalnetworks',
    )
  })
})

describe('what is not a secret is shown, whatever a secret has in common with it', () => {
  /** Code and pointer of each problem, and everything that is shown. */
  const problemsIn = (...texts: string[]) => {
    const { text, diagnostics } = shown(...texts)
    return { text, places: diagnostics.map(({ code, path }) => `${code} ${pointerOf(path)}`) }
  }
  const ownersFile = (text: string) =>
    `storage: {files: [{path: /etc/app.env, mode: 0600, contents: {inline: ${JSON.stringify(text)}}}]}\n`

  test.each([
    ['apiVersion: keel/v1\nhostname: Web_1\n', 'hostname', 'hostname-unusable /hostname', 'hostname: Web_1'],
    [
      `${HEAD}kernel: {modulez: []}\n`,
      'kernel: modules\nmodulez: 1',
      'schema-unknown-key /kernel/modulez',
      'there is no key `modulez`',
    ],
    [
      `${HEAD}time: {servers: [ntp_1.example.org]}\n`,
      'servers=ntp_1.example.org',
      'time-server /time/servers/0',
      'ntp_1.example.org',
    ],
  ])('next to a file for its owner only: %j', (config, contents, place, words) => {
    const { text, places } = problemsIn(config + ownersFile(contents))
    expect(places).toEqual([place])
    expect(text).toContain(words)
  })

  test('the lines of such a file are hidden in it alone', () => {
    const line = 'listen 8080 default_server;'
    const { text, places } = problemsIn(
      `${HEAD}storage:\n  files:\n    - {path: /etc/a, mode: 0600, foo: 1, contents: {inline: "${line}"}}\n    - {path: etc/b, contents: {inline: "${line}"}}\n`,
    )
    expect(places).toEqual([
      'schema-unknown-key /storage/files/0/foo',
      'path-not-absolute /storage/files/1/path',
    ])
    expect(text).toContain(`path: etc/b, contents: {inline: "${line}"`)
    expect(text).not.toContain(`foo: 1, contents: {inline: "${line}"`)
  })

  test.each(['0644', '644', '420', '"0640"', '0o755', '416'])('a file that others may read: %s', mode => {
    const line = 'listen 8080 default_server;'
    expect(
      shown(
        `${HEAD}storage: {files: [{path: /etc/a, mode: ${mode}, contents: {inline: "${line}"}, foo: 1}]}\n`,
      ).text,
    ).toContain(line)
  })

  test('an unknown key of such a file', () => {
    const { text } = problemsIn(
      `${HEAD}storage: {files: [{path: /etc/a, mode: 0600, content: {inline: ${WRONG}}}]}\n`,
    )
    expect(text).toContain('path: /etc/a, mode: 0600, content: *')
    expect(text).not.toContain(WRONG)
  })

  test('another file in a document that is not YAML', () => {
    const owners = '- path: /etc/a\n      mode: 0600\n      contents: {inline: a}'
    const { text } = problemsIn(
      `${HEAD}storage:\n  files:\n    ${owners}\n    - path: /etc/b\n      contents: {inline: some: words}\n`,
    )
    expect(text).toContain('inline: some: words')
  })

  test('the name of such a local file', () => {
    const { text, places } = problemsIn(
      `${HEAD}storage: {files: [{path: /etc/app.env, mode: 0600, contents: {local: ../secrets/app.env}}]}\n`,
    )
    expect(places).toEqual(['local-outside /storage/files/0/contents/local'])
    expect(text).toContain('../secrets/app.env')
  })

  test.each(['kubernetes', 'discoveryFile', 'hostname', 'interface'])('next to the wrong token %s', word => {
    const { text, places } = problemsIn(
      `${worker(`{endpoint: "a:1", token: ${word}, caCertHashes: ["${HASH}"]}`)}network: {links: [{}]}\n`,
    )
    expect(places).toContain('kubernetes-token /kubernetes/join/token')
    expect(places).toContain('network-interface-no-selector /network/links/0')
    expect(text).toContain('interface needs one of')
    expect(text).not.toContain(`token: ${word}`)
  })

  test('the lines of a discovery file, where another document has the same', () => {
    const file = 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\n'
    const { text } = problemsIn(
      worker(`{discoveryFile: {inline: ${JSON.stringify(file)}}, token: ${TOKEN}}`),
      'x-note: {apiVersion: v1, kind: Config}\nnotes: apiVersion: v1\n',
    )
    expect(text).toContain('notes: apiVersion: v1')
  })

  test('a pointer leads to a place of the config, also where a token is a key', () => {
    const { places, text } = problemsIn(worker(`{endpoint: "a:1", ${TOKEN}: 1}`))
    expect(places).toContain('schema-unknown-key /kubernetes/join')
    expect(text).not.toContain(TOKEN)
  })
})

test('a map names places and no values', () => {
  const result = transpile([{ name: 'a.yaml', text: good }])
  expect(result.machine).toBeDefined()
  const map = mapOf(result)
  expect(map).toContain('/kubernetes/discovery')
  for (const secret of [TOKEN, '0123456789abcdef'])
    expect(map.replace(/"machine":"\w+"/, '')).not.toContain(secret)
})

describe('a machine config knows its secrets', () => {
  const secretsOf = (text: string) => {
    const { machine } = transpile([{ name: 'a', text }])
    return machine && secretsIn(machine)
  }

  test('tokens, keys, and files that only their owner may read', () => {
    expect(secretsOf(HEAD)).toEqual([])
    expect(secretsOf(good)).toEqual(['/kubernetes/discovery/token'])
    const files = `storage:\n  files:\n    - {path: /etc/a, mode: 0600, contents: {inline: a}}\n    - {path: /etc/b, contents: {inline: b}}\n    - {path: /etc/c, contents: {inline: ${JSON.stringify(KEY)}}}\n`
    expect(secretsOf(HEAD + files)).toEqual(['/storage/files/0/contents', '/storage/files/2/contents'])
  })

  test('keys of tunnels and of their peers', () => {
    const { machine } = transpile([
      { name: 'a', text: plain.replace('wireguard:', 'addresses: [10.9.0.1/24], wireguard:') },
    ])
    expect(machine && secretsIn(machine)).toEqual([
      '/network/links/0/kind/privateKey',
      '/network/links/0/kind/peers/1/presharedKey',
    ])
  })

  test('and is refused on a kernel command line, packed or not; so is one that is too long', () => {
    const textOf = (text: string) => transpile([{ name: 'a', text }]).text ?? ''
    const inline = (bytes: Uint8Array | string) =>
      `quiet keel.config.inline=${Buffer.from(bytes).toString('base64')}`
    expect(() => checkKernelCommandLine(inline(textOf(good)))).toThrow(
      /holds a secret \(\/kubernetes\/discovery\/token\)/,
    )
    expect(() => checkKernelCommandLine(inline(gzipSync(textOf(good))))).toThrow(/holds a secret/)
    expect(() => checkKernelCommandLine(inline(gzipSync(textOf(HEAD))))).not.toThrow()
    expect(() => checkKernelCommandLine('keel.config.inline=%%%')).not.toThrow()
    expect(() => checkKernelCommandLine('a'.repeat(2047))).not.toThrow()
    expect(() => checkKernelCommandLine('a'.repeat(2048))).toThrow(/2048 characters/)
  })
})

test('a broken machine config is refused without a piece of it', () => {
  for (const text of [`{"token": ${WRONG}}`, `${'x'.repeat(50)}${WRONG}`, `{"a": "${WRONG}" "b"}`]) {
    const read = readMachineConfig(Buffer.from(text))
    expect('problem' in read && read.problem.message).toBeTruthy()
    expect(JSON.stringify(read)).not.toContain(WRONG.slice(0, 8))
  }
})
