/** Where a config's secrets are written, so that neither a message nor the line of a problem shows one. */
import { nodeShape } from '../../schema/generated/node-shape.ts'
import { OWNERS_SECRETS, SECRETS } from '../../schema/generated/secrets-node.ts'
import type { OwnersSecret } from '../../schema/shape.ts'
import { isObject } from '../json.ts'
import { type Path, placesAt, valueAt } from '../path.ts'
import { mayBeOwners } from '../rules/mode.ts'
import { nearest } from '../rules/nearest.ts'
import type { Positions } from './positions.ts'
import type { ReadSource } from './read-source.ts'
import { Secrets, stars } from './secrets.ts'
import { SECRET_NAMES, strayPaths } from './stray-secrets.ts'
import { unparsedParts } from './unparsed-secrets.ts'

/** A text that is not YAML has no paths; there, what follows such a key is hidden to the end of its line. */
const SECRET_KEY = new RegExp(`(?<=\\b(?:client-key-data|${SECRET_NAMES})["']?\\s*:\\s*)\\S.*`, 'i')
/** What YAML takes for a comment, an anchor, an alias or a tag, and what may be the secret or the rest of it. */
const NO_VALUE = new RegExp(
  `(?=#)(?<=\\b(?:${SECRET_NAMES})["']?\\s*:\\s(?:.*\\s)?)#.*|(?=[&*!])(?<=\\b(?:${SECRET_NAMES})["']?\\s*:\\s+)[&*!]([^\\s,\\]}]+)`,
  'gi',
)
/** A line of a key or a certificate. */
const BASE64_LINE = /[A-Za-z0-9+/=]{40,}(?=\s*$)/
/** Base64, or what follows a key that names a secret, in one line of a document. */
const KEY_TEXT = /[A-Za-z0-9+/=]{24,}|(?<=\b(?:token|password|client-key-data)["']?\s*:\s*["']?)[^\s"']+/gi

/**
 * Hides them in the lines of all sources; what comes back takes them out of words. The schema's own words are not secrets:
 * `token: hostname` is a wrong token, and no reason to hide every host name.
 */
export function hideSecrets(read: readonly ReadSource[], places: Positions): Secrets {
  const found = read.map(({ text, root }) => {
    const spansOf = (paths: readonly Path[]) =>
      paths.flatMap(path => places.spanOf(root, path, 'value') ?? [])
    const paths = secretPaths(root)
    const spans = spansOf(paths)
    const written = spans.map(({ start, end }) => text.text.slice(start, end))
    return {
      text,
      isParsed: root !== undefined,
      spans: [
        ...spans,
        ...(root === undefined
          ? unparsedParts(text.text)
          : spansOf([...ownersContents(root), ...strayPaths(root)])),
      ],
      texts: [...paths.map(path => valueAt(root, path)), ...written].flatMap(tellingTexts),
    }
  })
  const secrets = new Secrets(
    found.flatMap(({ texts }) => texts),
    () => JSON.stringify(nodeShape()),
    () => read.flatMap(({ text }) => [...text.text.matchAll(NO_VALUE)].flatMap(([, name]) => name ?? [])),
  )
  for (const { text, isParsed, spans } of found)
    text.showBy((line, offset) => {
      const shown = secrets.outOfLine(withoutSpans(line, offset, spans)).replace(NO_VALUE, stars)
      return isParsed ? shown : shown.replace(SECRET_KEY, stars).replace(BASE64_LINE, stars)
    })
  return secrets
}

/** What the schema marks, and every private key. */
function secretPaths(root: unknown): Path[] {
  const marked = SECRETS.flatMap(pattern => placesAt(root, pattern))
  return [...marked, ...privateKeys(root)]
}

/** What only its owner may read, and keys that do not belong there: they are meant as it, or are a line of it that is indented too little. Its lines elsewhere stay: much of such a file is like any other. The name of a local file is none of them. */
function ownersContents(root: unknown): Path[] {
  return OWNERS_SECRETS.flatMap(secret =>
    placesAt(root, secret.path.slice(0, -1)).flatMap(at => ownersParts(valueAt(root, at), at, secret)),
  )
}

function ownersParts(map: unknown, at: Path, { path, by, siblings, open }: OwnersSecret): Path[] {
  if (!isObject(map)) return [at]
  if (!isOwners(valueUnder(map, by))) return NONE
  const own = path.at(-1) ?? ''
  return Object.entries(map).flatMap(([key, value]) => {
    if (siblings.includes(key)) return NONE
    if (key !== own || !isObject(value)) return [[...at, key]]
    return Object.keys(value).flatMap(way => (open.includes(way) ? [] : [[...at, key, way]]))
  })
}

/** By its key, or by one that is meant to be it. */
function valueUnder(map: Readonly<Record<string, unknown>>, wanted: string): unknown {
  if (wanted in map) return map[wanted]
  const meant = Object.keys(map).find(key => nearest(key, [wanted]) !== undefined)
  return meant === undefined ? undefined : map[meant]
}

/** What has no mode is for everybody. */
function isOwners(mode: unknown): boolean {
  if (mode === undefined) return false
  return typeof mode === 'string' || typeof mode === 'number' ? mayBeOwners(mode) : true
}

/** Below `value`. Most configs have none, so a path is made on the way back and only then. */
function privateKeys(value: unknown): Path[] {
  if (typeof value === 'string') return value.includes('PRIVATE KEY-----') ? [[]] : NONE
  if (typeof value !== 'object' || value === null) return NONE
  let found = NONE
  for (const step of Object.keys(value)) {
    const inner = privateKeys((value as Record<string, unknown>)[step])
    if (inner.length === 0) continue
    const at = Array.isArray(value) ? Number(step) : step
    found = [...found, ...inner.map(path => [at, ...path])]
  }
  return found
}

const NONE: Path[] = []

/** What is hidden wherever it stands: a value of one line, or the lines of keys; other lines of a document are like those of any other. */
function tellingTexts(value: unknown): string[] {
  if (typeof value !== 'string' && typeof value !== 'number') return []
  const lines = String(value)
    .trim()
    .split(/\n|\\n/)
    .map(line => line.trim().replaceAll(/^["']|["']$/g, ''))
  const [only, ...more] = lines
  if (only !== undefined && more.length === 0) return [only]
  return lines.flatMap(line => [...line.matchAll(KEY_TEXT)].map(([text]) => text))
}

function withoutSpans(
  line: string,
  offset: number,
  spans: readonly { readonly start: number; readonly end: number }[],
): string {
  return spans.reduce((shown, { start, end }) => {
    const from = Math.max(0, start - offset)
    const to = Math.min(line.length, end - offset)
    return from < to ? shown.slice(0, from) + stars(shown.slice(from, to)) + shown.slice(to) : shown
  }, line)
}
