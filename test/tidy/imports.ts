import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** One import of one file. */
export interface Import {
  readonly file: string
  /** A path from the repository's root, or the name of a library. */
  readonly name: string
}

/** Every TypeScript file and module below a folder. */
export const sourcesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.m?ts$|\.mjs$/.test(file) && !file.includes('node_modules') && !file.endsWith('.d.mts'))
    .map(file => join(folder, file))

/** What is imported for its types alone counts too: a reader follows it all the same. */
const IMPORT = /^(?:(?:import\b.*|export\b.*|\}) from |import )'([^']+)'|\bimport\('([^']+)'\)/gm

/** What a file imports. */
export const importsOf = (file: string): Import[] =>
  [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, named, loaded]) => {
    const name = named ?? loaded ?? ''
    return { file, name: name.startsWith('.') ? normalize(join(dirname(file), name)) : name }
  })

/**
 * The shortest circles, each with its first file again at its end: of every file that reaches itself, the shortest way back. Of
 * one circle only the spelling that begins with its first file by name is kept.
 */
export function circlesIn(imports: readonly Import[]): string[][] {
  const importedBy = new Map<string, string[]>()
  for (const { file, name } of imports) importedBy.set(file, [...(importedBy.get(file) ?? []), name])
  const circles = [...importedBy.keys()].flatMap(file => {
    const way = wayBack(file, importedBy)
    return way === undefined ? [] : [way]
  })
  const spelt = circles.map(way => {
    const first = way.indexOf([...way].sort()[0] ?? '')
    const turned = [...way.slice(first), ...way.slice(0, first)]
    return [...turned, ...turned.slice(0, 1)]
  })
  return [...new Map(spelt.map(way => [way.join(' '), way])).values()]
}

/** The files of the shortest circle through `start`, in the order of their imports. */
function wayBack(start: string, importedBy: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const seen = new Set([start])
  let ways = [[start]]
  while (ways.length > 0) {
    const longer: string[][] = []
    for (const way of ways)
      for (const name of importedBy.get(way.at(-1) ?? '') ?? []) {
        if (name === start) return way
        if (seen.has(name)) continue
        seen.add(name)
        longer.push([...way, name])
      }
    ways = longer
  }
  return undefined
}
