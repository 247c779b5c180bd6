/** Secrets that are not where the schema has them: under a key of another tool, a misspelled one, or in the place of their map. */
import { SECRET_MAPS } from '../../schema/generated/secrets-node.ts'
import { isObject } from '../json.ts'
import { type Path, placesAt, valueAt } from '../path.ts'
import { nearest } from '../rules/nearest.ts'

/** Keys that hold a secret in any tool, for a pattern. */
export const SECRET_NAMES = [
  'pass(?:word|wd|phrase)?',
  '(?:(?:access|api|bearer|deploy|id|identity|personal|refresh|registry)[-_]?)?token',
  '(?:proxy-)?authorization|auth|secret|api[-_]?key',
  'private[-_]?key|(?:pre[-_]?)?shared[-_]?key|psk',
].join('|')
const NAME = new RegExp(`^(?:${SECRET_NAMES})$`, 'i')

/** Only their lines hide them: what is there may also be a common word. */
export function strayPaths(root: unknown): Path[] {
  return [
    ...namedPaths(root),
    ...SECRET_MAPS.flatMap(({ path, keys }) =>
      placesAt(root, path).flatMap(at => strangePaths(valueAt(root, at), at, keys)),
    ),
  ]
}

/** What stands in the place of such a map, or under a key in it that does not belong there and is not a misspelled one. */
function strangePaths(value: unknown, at: Path, keys: readonly string[]): Path[] {
  if (Array.isArray(value))
    return [...value.entries()].flatMap(([i, one]) => strangePaths(one, [...at, i], keys))
  if (!isObject(value)) return [at]
  const strange = Object.keys(value).filter(key => !keys.includes(key))
  return strange.filter(key => !isOrdinary(nearest(key, keys))).map(key => [...at, key])
}

/** Whether a key is meant as one without a secret. */
const isOrdinary = (meant: string | undefined): boolean => meant !== undefined && !NAME.test(meant)

/** Anywhere. A map is not a secret itself, and neither is true or false. */
function namedPaths(value: unknown): Path[] {
  if (typeof value !== 'object' || value === null) return NONE
  let found = NONE
  for (const [key, inner] of Object.entries(value)) {
    const isNamed =
      !Array.isArray(value) && isSecretName(key) && !isObject(inner) && typeof inner !== 'boolean'
    const paths = isNamed ? [[]] : namedPaths(inner)
    if (paths.length === 0) continue
    const at = Array.isArray(value) ? Number(key) : key
    found = [...found, ...paths.map(path => [at, ...path])]
  }
  return found
}

function isSecretName(key: string): boolean {
  return NAME.test(key) || (/^pas/i.test(key) && nearest(key, ['password']) !== undefined)
}

const NONE: Path[] = []
