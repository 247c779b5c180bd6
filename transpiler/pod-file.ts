/** A pod in a file of its own. */
import { isObject } from './json.ts'
import { parseYaml } from './parse.ts'
import type { Path } from './path.ts'
import { Places } from './places.ts'
import { Report } from './report.ts'
import { decodeUtf8, SourceText } from './source.ts'
import { rootValue } from './value.ts'

/** The object in the file. Its problems are reported where the node config names it, with the line in the file. */
export function podIn(bytes: Uint8Array, name: string, at: Path, report: Report): unknown {
  const text = decodeUtf8(bytes)
  if (typeof text !== 'string')
    return void report.add('kubernetes-pod-file', at, { name, problem: 'it is not UTF-8 text' })
  const source = new SourceText(name, text)
  const own = new Report()
  const places = new Places()
  const document = parseYaml(source, own)
  const value = document && rootValue(document.contents, source, places, own, true)
  const [first] = own.diagnostics(value, places, [source])
  if (first !== undefined) {
    const line = first.location ? `line ${first.location.line}: ` : ''
    return void report.add('kubernetes-pod-file', at, { name, problem: `${line}${first.message}` })
  }
  if (!isObject(value))
    return void report.add('kubernetes-pod-file', at, { name, problem: 'it holds no pod' })
  return value
}
