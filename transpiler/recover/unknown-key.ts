/** What an unknown key is meant as: a misspelled one, one of another tool, or one of a place next to it. */
import type { Shape } from '../../schema/shape.ts'
import { shapesAt } from '../../schema/shape.ts'
import { type Path, valueAt } from '../path.ts'
import { isSameWord, nearest } from '../rules/nearest.ts'
import type { ValueMap } from '../yaml/value.ts'
import { meaningOf, whereElse } from './other-tools.ts'

export interface UnknownKey {
  /** The key of the same place that it is meant as. */
  readonly nearest: string | undefined
  /** What to know about it otherwise, as a sentence without an end. */
  readonly why: string | undefined
  /** Where it may be meant to be: what is missing there is not missing as well. */
  readonly places: readonly Path[]
  /** The keys of its place. */
  readonly known: readonly string[]
}

export function unknownKey(key: string, at: Path, config: ValueMap, shape: Shape): UnknownKey {
  const known = keysAt(shape, at)
  const own = known.find(one => isSameWord(key, one))
  if (own !== undefined) return { nearest: own, why: undefined, places: [[...at, own]], known }
  const meaning = meaningOf(key, at, known)
  if (meaning !== undefined) {
    const { why, keys } = meaning
    const places = keys.flatMap(one => withPresent(one.split('|'), at, config)).map(one => [...at, one])
    return { nearest: why === undefined ? keys[0] : undefined, why, places, known }
  }
  const moved = inside(key, at, config, shape) ?? outside(key, at, shape)
  if (moved !== undefined) return { nearest: undefined, ...moved, known }
  const near = nearest(key, known)
  return { nearest: near, why: whereElse(known), places: near === undefined ? [] : [[...at, near]], known }
}

/** Most maps of which a key may be to be named in one sentence. */
const MOST_MAPS = 2

/** A key of a map, or of the items of a list, in the same place. */
function inside(key: string, at: Path, config: ValueMap, shape: Shape) {
  const found = keysAt(shape, at).flatMap(outer => {
    const here = [...at, outer]
    const ofMap = keysAt(shape, here).find(one => isSameWord(key, one))
    const ofItem = keysAt(shape, [...here, 0]).find(one => isSameWord(key, one))
    const inner = ofMap ?? ofItem
    return inner === undefined ? [] : [{ outer, inner, isList: ofMap === undefined }]
  })
  const outers = withPresent(
    found.map(({ outer }) => outer),
    at,
    config,
  )
  const meant = found.filter(({ outer }) => outers.includes(outer))
  const [first] = meant
  if (first === undefined || meant.length > MOST_MAPS) return undefined
  const names = meant.map(({ outer, isList }) => (isList ? `an item of \`${outer}\`` : `\`${outer}\``))
  const places = meant.flatMap(({ outer, inner }) => {
    const value = valueAt(config, [...at, outer])
    if (value === undefined) return [[...at, outer]]
    return Array.isArray(value) ? [] : [[...at, outer, inner]]
  })
  return { why: `\`${first.inner}\` is a key of ${names.join(' or ')}`, places }
}

/** A key of the map around this one. */
function outside(key: string, at: Path, shape: Shape) {
  const end = at.findLastIndex(step => typeof step === 'string')
  const around = at.slice(0, end)
  const own = end === -1 ? undefined : keysAt(shape, around).find(one => isSameWord(key, one))
  // A map inside itself is not a key in the wrong place.
  return own === undefined || own === at[end]
    ? undefined
    : { why: `\`${own}\` belongs next to \`${at[end]}\`, and not into it`, places: [[...around, own]] }
}

/** Those that are there, if any of them is. */
function withPresent(keys: readonly string[], at: Path, config: ValueMap): readonly string[] {
  const present = keys.filter(key => valueAt(config, [...at, key]) !== undefined)
  return present.length > 0 ? present : keys
}

export function keysAt(shape: Shape, at: Path): string[] {
  return shapesAt(shape, at).flatMap(({ properties }) => Object.keys(properties ?? {}))
}
