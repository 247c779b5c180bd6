/** The map of a machine config: which line of the node config each of its parts comes from. */
import { createHash } from 'node:crypto'
import { pathText, pointerOf, type Result } from '../../transpiler/index.ts'

/** One place: file (index), line, and path in the node config. */
type Entry = readonly [file: number, line: number, path: string]

export interface OriginMap {
  readonly format: 'keel/map/v1'
  /** SHA-256 of the machine config that this map belongs to. */
  readonly machine: string
  readonly files: readonly string[]
  /** By JSON pointer. A part that is missing here comes from where its nearest parent comes from. */
  readonly origins: Readonly<Record<string, Entry>>
}

export function mapOf({ machine, text, sources, originOf }: Result): string {
  const files = sources.map(({ name }) => name)
  const origins: Record<string, Entry> = {}
  const visit = (node: unknown, path: (string | number)[], above: string) => {
    const origin = originOf(path)
    const entry: Entry | undefined = origin && [
      files.indexOf(origin.file),
      origin.line,
      pathText(origin.path),
    ]
    const key = entry?.join(' ') ?? above
    if (entry !== undefined && key !== above) origins[pointerOf(path)] = entry
    if (typeof node !== 'object' || node === null) return
    for (const [step, value] of Object.entries(node)) {
      const at = Array.isArray(node) ? Number(step) : step
      visit(value, [...path, at], key)
    }
  }
  visit(machine, [], '')
  const map: OriginMap = { format: 'keel/map/v1', machine: digestOf(text ?? ''), files, origins }
  return `${JSON.stringify(map)}\n`
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Where a pointer leads: its own entry or that of its nearest parent. */
export function lookUp(
  { files, origins }: OriginMap,
  pointer: string,
): { file: string; line: number; path: string } | undefined {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const entry = Object.hasOwn(origins, at) ? origins[at] : undefined
    if (entry !== undefined) return { file: files[entry[0]] ?? '', line: entry[1], path: entry[2] }
    if (at === '' || !at.includes('/')) return undefined
  }
}
