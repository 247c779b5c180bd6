/** What only its owner may read, in a text that is not YAML: it has no paths, so lines are searched. */
import { OWNERS_SECRETS } from '../../schema/generated/secrets-node.ts'
import { mayBeOwners } from '../rules/mode.ts'

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

/** The parts of such contents, with the lines below that are indented deeper than the key. */
export function unparsedParts(text: string): Part[] {
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

function contentsIn(lines: readonly { line: string; start: number }[], contents: RegExp): Part[] {
  const parts: Part[] = []
  let outer: number | undefined
  for (const { line, start } of lines) {
    const indent = line.search(/\S/)
    if (indent === -1) continue
    if (outer !== undefined && indent > outer) parts.push({ start: start + indent, end: start + line.length })
    else outer = undefined
    const found = outer === undefined ? contents.exec(line) : null
    if (found === null) continue
    outer = indent
    parts.push({ start: start + found.index + found[0].length, end: start + line.length })
  }
  return parts
}
