/** Contents of files that only their owner may read, in a text that is no YAML: there nothing has a place, so lines are looked at. */
import { mayBeOwners } from '../rules/mode.ts'

/** A part of a text. */
interface Part {
  readonly start: number
  readonly end: number
}

/** How an entry of storage.files begins. */
const ENTRY = /^\s*- +(?:\{|["']?(?:path|mode|uid|gid|contents)\b)/
const MODE = /\bmode["']?\s*:\s*["']?([^\s,"'}\]]+)/g
const CONTENTS = /\b(?:inline|base64)["']?\s*:\s*(?=\S)/

/** The parts of such contents, with the lines below that are indented deeper than the key. */
export function ownersParts(text: string): Part[] {
  const entries: { line: string; start: number }[][] = [[]]
  let start = 0
  for (const line of text.split('\n')) {
    if (ENTRY.test(line)) entries.push([])
    entries.at(-1)?.push({ line, start })
    start += line.length + 1
  }
  return entries.flatMap(lines => {
    const modes = lines.flatMap(({ line }) => [...line.matchAll(MODE)].map(([, mode = '']) => mode))
    return modes.some(mayBeOwners) ? contentsIn(lines) : []
  })
}

function contentsIn(lines: readonly { line: string; start: number }[]): Part[] {
  const parts: Part[] = []
  let outer: number | undefined
  for (const { line, start } of lines) {
    const indent = line.search(/\S/)
    if (indent === -1) continue
    if (outer !== undefined && indent > outer) parts.push({ start: start + indent, end: start + line.length })
    else outer = undefined
    const found = outer === undefined ? CONTENTS.exec(line) : null
    if (found === null) continue
    outer = indent
    parts.push({ start: start + found.index + found[0].length, end: start + line.length })
  }
  return parts
}
