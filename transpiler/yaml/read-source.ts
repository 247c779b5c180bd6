/** One source -> the map at its root, or the reason why it is not a node config. */
import type { Report } from '../diag/report.ts'
import { isObject } from '../json.ts'
import { foreignRoot, foreignText } from './foreign.ts'
import { parseYaml } from './parse.ts'
import type { Positions } from './positions.ts'
import { decodeUtf8, type Source, SourceText, spanOfRange } from './source.ts'
import { rootValue, UNREADABLE, type ValueMap } from './value.ts'

/** Most characters of one source. 10,000 files with a hundred characters each take two million. */
const SIZE_LIMIT = 8 * 2 ** 20

export interface ReadSource {
  readonly text: SourceText
  /** Nothing after a problem that leaves no config to look at. */
  readonly root: ValueMap | undefined
  /** Not a single key: as one of several sources it adds nothing. */
  readonly isEmpty: boolean
}

export function readSource(source: Source, places: Positions, report: Report): ReadSource {
  const size = source.text.length
  if (size > SIZE_LIMIT)
    return refused(new SourceText(source.name, ''), text =>
      report.at('source-too-large', spanOfRange(text, [0, 0]), { size, limit: SIZE_LIMIT }),
    )
  const decoded = typeof source.text === 'string' ? source.text : decodeUtf8(source.text)
  if (typeof decoded !== 'string')
    return notUtf8(source.name, source.text as Uint8Array, decoded.badByte, report)
  const text = new SourceText(source.name, decoded)
  const foreign = foreignText(decoded)
  if (foreign !== undefined)
    return refused(text, () =>
      report.at('source-foreign', spanOfRange(text, [0, text.line(1).length]), { what: foreign }),
    )
  const root = rootOf(text, places, report)
  return { text, root: root === null ? {} : root, isEmpty: root === null }
}

/** Shown at its line, with a mark in the place of what is not a character. */
function notUtf8(name: string, bytes: Uint8Array, badByte: number, report: Report): ReadSource {
  const [first, second] = bytes
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true })
  const at = lenient.decode(bytes.subarray(0, badByte)).length
  return refused(new SourceText(name, isUtf16 ? '' : lenient.decode(bytes)), text =>
    report.at('source-not-utf8', spanOfRange(text, [at, at + 1]), { badByte, isUtf16 }),
  )
}

/** Null when there is nothing but comments and white space. */
function rootOf(text: SourceText, places: Positions, report: Report): ValueMap | null | undefined {
  const document = parseYaml(text, report)
  if (document === undefined) return undefined
  const own = rootValue(document.contents, text, places, report)
  const start = spanOfRange(text, [0, 0])
  if (own === null) return null
  if (own === UNREADABLE) return undefined
  if (!isObject(own)) {
    const isUnspaced = typeof own === 'string' && /^\w+:\S/.test(own)
    return void report.at('source-not-a-map', start, { isUnspaced })
  }
  const foreign = foreignRoot(own)
  if (foreign !== undefined) return void report.at('source-foreign', start, { what: foreign })
  return own as ValueMap
}

function refused(text: SourceText, report: (text: SourceText) => void): ReadSource {
  report(text)
  return { text, root: undefined, isEmpty: false }
}
