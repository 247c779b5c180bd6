import { createHash } from 'node:crypto'
import type { Files } from './environment.ts'
import type { Step, TreeEntry } from './step.ts'

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** What a step's result depends on, as one digest. Two equal keys mean: the output in the cache is the output. */
export function keyOf(
  step: Step,
  answers: readonly string[],
  needs: readonly string[],
  checkout: string,
  fs: Files,
): string {
  const files = step.files.map(path => digestOf(`${checkout}/${path}`, step.ignored ?? [], fs))
  const { commands, expect } = step
  return sha256(JSON.stringify({ commands, expect, answers, needs, files, tree: step.tree?.map(entryKey) }))
}

function entryKey(entry: TreeEntry): unknown {
  const { why: _, ...rest } = entry
  return rest.kind === 'file' ? { ...rest, bytes: sha256(rest.bytes) } : rest
}

/**
 * Content and names of a file or folder; absent is an answer too. Build output of another tool is nobody's input. What is ignored is so in
 * the folder itself and not below it, where a module of its own may be.
 */
function digestOf(path: string, ignored: readonly string[], fs: Files): string {
  if (!fs.exists(path)) return 'absent'
  if (!fs.isFolder(path)) return sha256(fs.read(path))
  const counts = (name: string) => name !== 'target' && !ignored.some(end => name.endsWith(end))
  const lines = fs
    .list(path)
    .filter(counts)
    .map(name => `${name} ${digestOf(`${path}/${name}`, [], fs)}`)
  return sha256(lines.sort().join('\n'))
}
