/** An object of Kubernetes in a file of its own. */
import { Report } from '../diag/report.ts'
import { isObject } from '../json.ts'
import type { Path } from '../path.ts'
import { parseYaml } from './parse.ts'
import { Positions } from './positions.ts'
import { decodeUtf8, SourceText } from './source.ts'
import { rootValue } from './value.ts'

/** An object, and in which line of its file the value at a path is written. */
export interface ObjectInFile {
  readonly object: { readonly [key: string]: unknown }
  readonly lineOf: (path: Path) => number
}

/** The object in the file; or what is wrong, with the line in the file. */
export function objectIn(
  file: Uint8Array | string,
  name: string,
): ObjectInFile | { readonly problem: string } {
  const text = typeof file === 'string' ? file : decodeUtf8(file)
  if (typeof text !== 'string') return { problem: 'it is not UTF-8 text' }
  const source = new SourceText(name, text)
  const own = new Report()
  const places = new Positions()
  const document = parseYaml(source, own)
  const value = document && rootValue(document.contents, source, places, own, 'object')
  const [first] = own.diagnostics(value, places, [source])
  if (first !== undefined) {
    const line = first.location ? `line ${first.location.line}: ` : ''
    return { problem: `${line}${first.message}` }
  }
  if (!isObject(value)) return { problem: 'it is not a map of keys' }
  const lineOf = (path: Path) => source.positionOf(places.spanOf(value, path, 'key')?.start ?? 0).line
  return { object: value, lineOf }
}
