/** text -> YAML document, with every offset kept. The only file that knows the yaml library. */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import type { SourceText } from './source.ts'
import { spanOfRange } from './source.ts'
import { reportSyntaxErrors, type SyntaxReport } from './syntax-errors.ts'

/** A node of a YAML document. Other files hold it and ask this one about it. */
export type Written = Node

/** What an alias stands for, found while its document was read. */
const targetOf = new WeakMap<Alias, Node>()

/** Numbers with a leading zero stay text: 0644 is a file mode and not 644. */
const leadingZeroText = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  test: /^0o?[0-9]+$/,
  resolve: (text: string) => text,
} as const

/** Most plain texts start with a character that no number, true, false or null starts with: one look instead of eight. */
const plainlyText = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  test: /^[^\d.+~nNtTfF-]/,
  resolve: (text: string) => text,
} as const

/** The document of a source, or nothing when it is not YAML; all syntax problems are reported. */
export function parseYaml(source: SourceText, report: SyntaxReport): Document.Parsed | undefined {
  const document = parsedOrTooDeep(source, report)
  if (document === undefined) return undefined
  reportSyntaxErrors(source, document.errors, offset => openedBefore(document, source, offset), report)
  for (const warning of document.warnings) {
    report.at('yaml-tag', spanOfRange(source, warning.pos), { tag: source.text.slice(...warning.pos) })
  }
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined
  const version = document.directives?.yaml.explicit ? document.directives.yaml.version : '1.2'
  if (version === '1.2') return document
  report.at('yaml-version', spanOfRange(source, [0, source.line(1).length]), { version })
  return undefined
}

function parsedOrTooDeep(source: SourceText, report: SyntaxReport): Document.Parsed | undefined {
  try {
    return parseDocument(source.text, {
      version: '1.2',
      schema: 'core',
      customTags: tags => [plainlyText, leadingZeroText, ...tags],
      merge: false,
      // Both are checked while the document is turned into values: the library's ways are quadratic.
      uniqueKeys: false,
      strict: true,
      prettyErrors: false,
      keepSourceTokens: false,
      stringKeys: false,
      logLevel: 'warn',
    })
  } catch (error) {
    // The library composes by recursion, so nesting without end exhausts the stack.
    if (!(error instanceof RangeError)) throw error
    report.at('yaml-too-deep', spanOfRange(source, [0, 0]), { limit: 100 })
    return undefined
  }
}

/** Text in quotes, from one to the other. */
const CLOSED_QUOTES = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')$/s

/** Where the innermost bracket or quote was opened that is still open at an offset. */
function openedBefore(document: Document.Parsed, source: SourceText, offset: number): number | undefined {
  let opened: number | undefined
  visit(document, (_, node) => {
    if (!isNode(node) || !node.range) return undefined
    const isQuoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')
    const isFlow = isCollection(node) && node.flow === true
    const written = source.text.slice(node.range[0], node.range[1])
    const isClosed =
      node.range[1] <= offset &&
      (isFlow ? written.endsWith(isSeq(node) ? ']' : '}') : CLOSED_QUOTES.test(written))
    if ((isQuoted || isFlow) && !isClosed && node.range[0] < offset && offset <= node.range[2])
      opened = node.range[0]
    return undefined
  })
  return opened
}

/** Start and end of what was written, without the white space behind it. */
export function writtenRange(node: Written): readonly [number, number] {
  return node.range ? [node.range[0], node.range[1]] : [0, 0]
}

/** Key and value below a map or list as written; through aliases and merge keys. */
export function writtenBelow(
  node: Written,
  step: string | number,
): { key?: readonly [number, number]; value: readonly [number, number] } | undefined {
  const real = isAlias(node) ? targetOf.get(node) : node
  if (isSeq(real)) {
    const item = typeof step === 'number' ? real.items[step] : undefined
    return item ? { value: writtenRange(item as Node) } : undefined
  }
  if (!isMap(real)) return undefined
  for (const pair of (real as YAMLMap<Node, Node | null>).items) {
    if (keyText(pair.key) !== String(step)) continue
    const key = writtenRange(pair.key)
    return { key, value: pair.value?.range ? writtenRange(pair.value) : key }
  }
  for (const merged of mergedMaps(real)) {
    const found = writtenBelow(merged, step)
    if (found) return found
  }
  return undefined
}

/** Text of a key, or nothing when it is a list or a map. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

/** Whether a pair is a merge key: `<<` written plainly. */
export function isMergeKey({ key }: Pair<unknown, unknown>): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN'
}

function mergedMaps(map: YAMLMap): Node[] {
  return map.items
    .filter(isMergeKey)
    .flatMap(({ value }) => (isSeq(value) ? (value.items as Node[]) : [value as Node]))
}

/** Remembers what an alias stands for. */
export function resolveAlias(alias: Alias, target: Node): void {
  targetOf.set(alias, target)
}

export {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
