import { expect, test } from 'vitest'
import { mirrorOf, parseDeb822, parseOneLine, sourcesText } from '../../images/apt.mjs'

const KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----`

test('the one-line format gives address, suite, components and the key', () => {
  const text = `# deb http://old.example/debian buster main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian bookworm main contrib # ours
deb-src http://mirror.example/debian bookworm main
`
  expect(parseOneLine(text)).toEqual([
    {
      types: ['deb'],
      uris: ['http://mirror.example/debian'],
      suites: ['bookworm'],
      components: ['main', 'contrib'],
      signedBy: '/usr/share/keyrings/x.gpg',
      trusted: false,
    },
    {
      types: ['deb-src'],
      uris: ['http://mirror.example/debian'],
      suites: ['bookworm'],
      components: ['main'],
      signedBy: undefined,
      trusted: false,
    },
  ])
})

test('the deb822 format gives the same, with comments, several suites and an inline key', () => {
  const text = `Types: deb deb-src
# a comment between fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 ${KEY}

Types: deb
Enabled: no
URIs: http://other.example/
Suites: bookworm
Components: main
`
  expect(parseDeb822(text)).toEqual([
    {
      types: ['deb', 'deb-src'],
      uris: ['http://mirror.example/debian'],
      suites: ['bookworm', 'bookworm-updates'],
      components: ['main'],
      signedBy: `\n ${KEY}`,
      trusted: false,
    },
  ])
})

const OTHERS = 'deb https://vendor.example/apt stable main\n'
const MAIN = 'deb [signed-by=/k.gpg] http://mirror.example/debian bookworm main\n'

test('the mirror is the one that serves the own release, whatever else is configured', () => {
  const security = 'deb http://security.example/debian-security bookworm-security main\n'
  expect(mirrorOf(parseOneLine(OTHERS + MAIN + security), 'bookworm')).toEqual({
    main: { uri: 'http://mirror.example/debian', signedBy: '/k.gpg', trusted: false },
    security: { uri: 'http://security.example/debian-security', signedBy: undefined, trusted: false },
  })
  expect(mirrorOf(parseOneLine(OTHERS), 'bookworm')).toBeUndefined()
})

test('without a security suite, the mirror is asked for it under its usual name', () => {
  expect(mirrorOf(parseOneLine(MAIN), 'bookworm')?.security.uri).toBe('http://mirror.example/debian-security')
})

test('the private list names each suite on the mirror that serves it', () => {
  const mirror = mirrorOf(parseOneLine(MAIN), 'bookworm')
  if (!mirror) throw new Error('no mirror')
  const text = sourcesText(mirror, [
    { type: 'deb', suite: 'trixie' },
    { type: 'deb', suite: 'trixie-security' },
    { type: 'deb-src', suite: 'bookworm' },
  ])
  expect(text).toBe(`Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By: /k.gpg
Check-Valid-Until: no

Types: deb
URIs: http://mirror.example/debian-security
Suites: trixie-security
Components: main
Signed-By: /k.gpg
Check-Valid-Until: no

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main
Signed-By: /k.gpg
Check-Valid-Until: no
`)
})
