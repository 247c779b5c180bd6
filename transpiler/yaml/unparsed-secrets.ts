/** What only its owner may read, and private keys, in a text that is not YAML: it has no paths, so lines are searched. */
import { OWNERS_SECRETS } from '../../schema/generated/secrets-node.ts'
import { mayBeOwners } from '../rules/mode.ts'
import { SECRET_NAMES } from './stray-secrets.ts'

/** A part of a text. */
interface Part {
  readonly start: number
  readonly end: number
}

/** How such parts are written: of one kind of map, how it begins, who may read it, and what is in it. */
const KINDS = OWNERS_SECRETS.map(({ path, by, siblings, secret }) => ({
  entry: new RegExp(`^\\s*- +(?:\\{|["']?(?:${[...siblings, path.at(-1)].join('|')})\\b)`),
  mode: new RegExp(`\\b${by}["']?\\s*:\\s*["']?([^\\s,"'}\\]]+)`, 'g'),
  contents: new RegExp(`\\b(?:${secret.join('|')})["']?\\s*:\\s*(?=\\S)`),
}))

/** A line that says by itself that it is YAML, and not one of a text that is indented too little: an item of a list has a key. */
const STRUCTURE = /^\s*(?:#|---$|(?:- +)*(?:-$|\{|["']?[\w./-]+["']?\s*:(?:\s|$)))/
/** The end of a line whose value is the text below. */
const MARK = /[|>][-+\d]*\s*(?:#.*)?$/
/** A key that holds a secret in any tool, whose text is below it. */
const NAMED = new RegExp(
  `\\b(?:client-key-data|${SECRET_NAMES})["']?\\s*:\\s*([|>][-+\\d]*)?\\s*(?:#.*)?$`,
  'i',
)
/** The lines of a private key; the last one may be short. */
const KEY_LINES = /-----BEGIN [A-Z ]*PRIVATE KEY-----((?:\s+[A-Za-z0-9+/=]+(?=\s|$))+)/g

/** The parts of such contents, with the lines below that belong to them. */
export function unparsedParts(text: string): Part[] {
  return [...keyLines(text), ...ownersParts(text), ...namedParts(text)]
}

function keyLines(text: string): Part[] {
  return [...text.matchAll(KEY_LINES)].flatMap(({ index, 0: all, 1: lines = '' }) => {
    const from = index + all.length - lines.length
    return [...lines.matchAll(/\S+/g)].map(word => ({
      start: from + word.index,
      end: from + word.index + word[0].length,
    }))
  })
}

/** Below such a key what is not YAML, and below a mark what is deeper. */
function namedParts(text: string): Part[] {
  const parts: Part[] = []
  let open: { readonly indent: number; readonly isMarked: boolean } | undefined
  let start = 0
  for (const line of text.split('\n')) {
    const indent = line.search(/\S/)
    const isInside = open !== undefined && (!STRUCTURE.test(line) || (open.isMarked && indent > open.indent))
    if (indent !== -1 && isInside) parts.push({ start: start + indent, end: start + line.length })
    else if (indent !== -1) {
      const found = NAMED.exec(line)
      open = found === null ? undefined : { indent, isMarked: found[1] !== undefined }
    }
    start += line.length + 1
  }
  return parts
}

function ownersParts(text: string): Part[] {
  return KINDS.flatMap(({ entry, mode, contents }) => {
    const entries: { line: string; start: number }[][] = [[]]
    let start = 0
    for (const line of text.split('\n')) {
      if (entry.test(line)) entries.push([])
      entries.at(-1)?.push({ line, start })
      start += line.length + 1
    }
    return entries.flatMap(lines => {
      const modes = lines.flatMap(({ line }) => [...line.matchAll(mode)].map(([, one = '']) => one))
      return modes.some(mayBeOwners) ? contentsIn(lines, contents) : []
    })
  })
}

/** Deeper than the key is inside. Below a mark so is what is not YAML: the line that is indented too little is what breaks the text. */
function contentsIn(lines: readonly { line: string; start: number }[], contents: RegExp): Part[] {
  const parts: Part[] = []
  let outer: number | undefined
  let isText = false
  for (const { line, start } of lines) {
    const indent = line.search(/\S/)
    if (indent === -1) continue
    const isInside = outer !== undefined && (indent > outer || (isText && !STRUCTURE.test(line)))
    if (isInside) parts.push({ start: start + indent, end: start + line.length })
    else outer = undefined
    const found = outer === undefined ? contents.exec(line) : null
    if (found === null) continue
    outer = indent
    isText = MARK.test(line)
    parts.push({ start: start + found.index + found[0].length, end: start + line.length })
  }
  return parts
}
