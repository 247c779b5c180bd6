/** YAML document -> plain values, each container remembering where it was written. */
import type { Report } from '../diag/report.ts'
import { isObject } from '../json.ts'
import { below, type Context, NODE_CONFIG } from './object-places.ts'
import {
  type Alias,
  isAlias,
  isMap,
  isMergeKey,
  isScalar,
  isSeq,
  keyText,
  type Node,
  resolveAlias,
  type Scalar,
  type Written,
  writtenRange,
  type YAMLMap,
  type YAMLSeq,
} from './parse.ts'
import type { Positions } from './positions.ts'
import { type SourceText, spanOfRange } from './source.ts'

/** Levels of nesting; a pod needs about fifteen. */
const DEPTH_LIMIT = 100
/** Single and double, of any language. */
const TYPOGRAPHIC_QUOTE = /^[\u2018-\u201f\u00ab\u00bb]/
/** Nodes that aliases may add to a source. */
const ALIAS_LIMIT = 100_000

/** A map as read from YAML. */
export type ValueMap = { [key: string]: unknown; [UNREADABLE]?: true; [DOUBLED]?: readonly string[] }

/**
 * Stands for a value that could not be read, which is reported. It is not null: a key with it is given, and not removed. As a
 * key it marks a map of which some key could not be read.
 */
export const UNREADABLE = Symbol('unreadable')

/** The keys that a map has more than once, which is reported. Its value of one of them is the last, and nobody knows which is meant. */
export const DOUBLED = Symbol('doubled')

/** What is kept while one document is read. */
interface Reading {
  readonly source: SourceText
  readonly notes: Map<object, Written>
  readonly report: Report
  /** The latest node of each anchor so far: an alias means the one before it. */
  readonly anchors: Map<string, Node>
  /** Nodes being read; an alias to one of them has no end. */
  readonly open: Set<Node>
  aliasDepth: number
  aliasNodes: number
}

/** The value of a document's root. Problems are reported; what they spoil becomes UNREADABLE. */
export function rootValue(
  root: Node | null,
  source: SourceText,
  places: Positions,
  report: Report,
  context: Context = NODE_CONFIG,
): unknown {
  const reading: Reading = {
    source,
    notes: places.notesOf(source),
    report,
    anchors: new Map(),
    open: new Set(),
    aliasDepth: 0,
    aliasNodes: 0,
  }
  return read(root, reading, 0, context)
}

function read(node: Node | null, reading: Reading, depth: number, context: Context): unknown {
  if (node === null || node === undefined) return null
  if (reading.aliasDepth > 0 && ++reading.aliasNodes > ALIAS_LIMIT) return tooMany(node, reading)
  if (depth > DEPTH_LIMIT) return problem(node, reading, 'yaml-too-deep', { limit: DEPTH_LIMIT })
  if (isAlias(node)) return readAlias(node, reading, depth, context)
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, node)
  if (isScalar(node)) return readScalar(node, reading, context)
  const template = templateOf(node, reading)
  if (template !== undefined) return problem(node, reading, 'template-unfilled', { template })
  reading.open.add(node)
  const value = isMap(node)
    ? readMap(node, reading, depth, context)
    : readList(node as YAMLSeq, reading, depth, context)
  reading.open.delete(node)
  reading.notes.set(value, node)
  return value
}

function readList(list: YAMLSeq, reading: Reading, depth: number, context: Context): unknown[] {
  const inner = below(context, '*')
  return list.items.map(item => read(item as Node | null, reading, depth + 1, inner))
}

function readMap(map: YAMLMap, reading: Reading, depth: number, context: Context): ValueMap {
  const value: ValueMap = {}
  const own = new Set<string>()
  for (const pair of map.items) {
    if (isMergeKey(pair)) {
      mergeInto(value, own, pair.value as Node | null, reading, depth, context)
      continue
    }
    const key = keyText(pair.key)
    if (key === undefined) {
      problem(pair.key as Node, reading, 'yaml-key-not-text', {})
      value[UNREADABLE] = true
      continue
    }
    if (own.has(key)) {
      problem(pair.key as Node, reading, 'yaml-duplicate-key', { key })
      value[DOUBLED] = [...(value[DOUBLED] ?? []), key]
    }
    own.add(key)
    set(value, key, read(pair.value as Node | null, reading, depth + 1, below(context, key)))
  }
  return value
}

/** `{{ name }}` is a map in a map to YAML. Nobody writes that in braces, but templates are full of it. */
function templateOf(node: Node, { source }: Reading): string | undefined {
  if (!isMap(node) || node.flow !== true) return undefined
  const text = source.text.slice(...writtenRange(node))
  return text.startsWith('{{') && isMap(node.items[0]?.key) ? text : undefined
}

/** Keys of a merged map never replace the map's own, wherever `<<` is written. Of several merged maps the first wins. */
function mergeInto(
  value: ValueMap,
  own: Set<string>,
  from: Node | null,
  reading: Reading,
  depth: number,
  context: Context,
): void {
  const maps = isSeq(from) ? (from.items as Node[]) : [from as Node]
  const merged = new Set<string>()
  for (const map of maps) {
    const found = read(map, reading, depth + 1, context)
    if (!isObject(found)) {
      if (found !== UNREADABLE) problem(map, reading, 'yaml-merge-key', {})
      value[UNREADABLE] = true
      continue
    }
    if (UNREADABLE in found) value[UNREADABLE] = true
    const doubled = (found as ValueMap)[DOUBLED]?.filter(key => !own.has(key) && !merged.has(key)) ?? []
    if (doubled.length > 0) value[DOUBLED] = [...(value[DOUBLED] ?? []), ...doubled]
    for (const [key, item] of Object.entries(found)) {
      if (own.has(key) || merged.has(key)) continue
      merged.add(key)
      set(value, key, item)
    }
  }
}

/** `__proto__` is a key like any other. */
function set(map: ValueMap, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
  else map[key] = value
}

/** Each use gets a value of its own, so that a config stays a tree; ALIAS_LIMIT bounds the sum. */
function readAlias(alias: Alias, reading: Reading, depth: number, context: Context): unknown {
  const target = reading.anchors.get(alias.source)
  if (target === undefined) return problem(alias, reading, 'yaml-alias-unknown', { name: alias.source })
  if (reading.open.has(target)) return problem(alias, reading, 'yaml-alias-loop', { name: alias.source })
  resolveAlias(alias, target)
  if (reading.aliasNodes > ALIAS_LIMIT) return UNREADABLE
  reading.aliasDepth++
  const value = read(target, reading, depth, context)
  reading.aliasDepth--
  return value
}

function readScalar(scalar: Scalar, reading: Reading, context: Context): unknown {
  const { value } = scalar
  if (typeof value === 'number') return readNumber(scalar, value, reading)
  if (typeof value !== 'string') return value
  // Kubernetes reads YAML 1.1, where a leading zero means octal.
  if (context === 'object' && scalar.type === 'PLAIN' && /^0o?[0-7]+$/.test(value))
    return Number.parseInt(value.replace('o', ''), 8)
  if (scalar.type === 'PLAIN' && TYPOGRAPHIC_QUOTE.test(value))
    return problem(scalar, reading, 'yaml-typographic-quote', {})
  if (/\p{Surrogate}/u.test(value)) return problem(scalar, reading, 'yaml-invalid-surrogate', {})
  return value
}

function readNumber(scalar: Scalar, value: number, reading: Reading): unknown {
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
  if (isExact) return Object.is(value, -0) ? 0 : value
  return problem(scalar, reading, 'yaml-number', { text: scalar.source ?? String(value) })
}

function tooMany(node: Node, reading: Reading): typeof UNREADABLE {
  if (reading.aliasNodes === ALIAS_LIMIT + 1)
    problem(node, reading, 'yaml-alias-bomb', { limit: ALIAS_LIMIT })
  return UNREADABLE
}

/** Reports at a node and gives what stands for it. */
function problem<C extends Parameters<Report['at']>[0]>(
  node: Written,
  reading: Reading,
  code: C,
  args: object,
): typeof UNREADABLE {
  const [start, end] = node ? writtenRange(node) : [0, 0]
  reading.report.at(code, spanOfRange(reading.source, [start, end]), args as never)
  return UNREADABLE
}
