/** Collects problems while the passes run; places are looked up when all is done. */
import { type Path, pointerOf, valueAt } from '../path.ts'
import { BrokenPlaces } from '../recover/broken.ts'
import type { Aim, Positions } from '../yaml/positions.ts'
import { Secrets } from '../yaml/secrets.ts'
import type { SourceText, Span } from '../yaml/source.ts'
import { templateIn } from '../yaml/template.ts'
import { type Args, type Code, catalog } from './catalog.ts'
import type { Diagnostic, Location, Related } from './diagnostic.ts'

/** How a problem is shown beyond its message. */
export interface Showing {
  /** Point at the key and not at the value. */
  readonly aim?: Aim
  readonly related?: readonly { readonly path: Path; readonly message: string }[]
  /** The problem is that none of these keys is there; what else is in the map does not matter to it. */
  readonly lacks?: readonly string[]
  /** It says why the keys of this map are unknown, so that each of them is not reported as well. */
  readonly explainsKeys?: true
}

interface Noted extends Showing {
  readonly code: Code
  readonly args: never
  readonly path: Path
  readonly span?: Span
}

export class Report {
  readonly #noted: Noted[] = []
  readonly #reported = new Set<string>()
  #broken = new BrokenPlaces()

  /** Checks skip values that failed validation, and anything inside or around them. */
  passOver(broken: BrokenPlaces): void {
    this.#broken = broken
  }

  /** Whether all is whole that a problem there, or the lack of these keys there, would be about. */
  isChecked(path: Path, lacks?: readonly string[]): boolean {
    const places = lacks?.map(key => [...path, key]) ?? [path]
    return this.#broken.areNone || places.every(at => this.#broken.isWhole(at))
  }

  /** A problem at a place of the node config. */
  add<C extends Code>(code: C, path: Path, args: Args<C>, showing: Showing = {}): void {
    if (this.isChecked(path, showing.lacks)) this.#noted.push({ code, args: args as never, path, ...showing })
  }

  /** A problem at a place of a source, found before there is a node config. What an alias repeats is reported once. */
  at<C extends Code>(code: C, span: Span, args: Args<C>): void {
    const place = `${code} ${span.start} ${span.file}`
    if (this.#reported.has(place)) return
    this.#reported.add(place)
    this.#noted.push({ code, args: args as never, path: [], span })
  }

  get hasErrors(): boolean {
    return this.#noted.some(({ code }) => catalog[code].severity === 'error')
  }

  /** All problems in the order of the sources' text. */
  diagnostics(
    root: unknown,
    places: Positions,
    sources: readonly SourceText[],
    secrets = new Secrets([]),
  ): Diagnostic[] {
    const located = withTemplates(withoutEchoes(this.#noted), root).map(noted =>
      diagnosticOf(noted, root, places, sources, secrets),
    )
    const order = new Map(sources.map((source, i) => [source.name, i]))
    const rank = ({ location }: Diagnostic) => (location ? (order.get(location.file) ?? 0) : -1)
    return located.sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (a.location?.start ?? 0) - (b.location?.start ?? 0) ||
        (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
    )
  }
}

/** One mistake is one problem: a key without a value whose lack is an error is not left out as well, and keys that are explained are not unknown. */
function withoutEchoes(noted: readonly Noted[]): Noted[] {
  const placesOf = (some: readonly Noted[]) => new Set(some.map(({ path }) => pointerOf(path)))
  const wrong = placesOf(noted.filter(({ code }) => catalog[code].severity === 'error'))
  const explained = placesOf(noted.filter(({ explainsKeys }) => explainsKeys))
  return noted.filter(({ code, path }) => {
    if (code === 'schema-key-without-value') return !wrong.has(pointerOf(path))
    return code !== 'schema-unknown-key' || !explained.has(pointerOf(path.slice(0, -1)))
  })
}

/**
 * An error in a value with a template variable that nobody filled in is that error, whatever the value breaks besides; and
 * once is enough.
 */
function withTemplates(noted: readonly Noted[], root: unknown): Noted[] {
  const found = new Set<string>()
  return noted.flatMap(one => {
    const value =
      one.span === undefined && catalog[one.code].severity === 'error' ? valueAt(root, one.path) : undefined
    const template = typeof value === 'string' ? templateIn(value)?.text : undefined
    if (template === undefined) return [one]
    const place = pointerOf(one.path)
    if (found.has(place)) return []
    found.add(place)
    return [{ code: 'template-unfilled', args: { template } as never, path: one.path }]
  })
}

function diagnosticOf(
  noted: Noted,
  root: unknown,
  places: Positions,
  sources: readonly SourceText[],
  secrets: Secrets,
): Diagnostic {
  const { severity, message, hint } = catalog[noted.code] as {
    severity: Diagnostic['severity']
    message: (args: unknown) => string
    hint?: (args: unknown) => string | undefined
  }
  const locate = (path: Path, aim: Aim) => locationOf(places.spanOf(root, path, aim), sources)
  const location = noted.span ? locationOf(noted.span, sources) : locate(noted.path, noted.aim ?? 'value')
  const args = secrets.outOfArgs(noted.args)
  const help = hint?.(args)
  const related = noted.related?.map(({ path, message }): Related => {
    const at = locate(path, 'value')
    return { message, path: secrets.outOfPath(path), ...(at && { location: at }) }
  })
  return {
    code: noted.code,
    severity,
    message: message(args),
    ...(help !== undefined && { hint: help }),
    path: secrets.outOfPath(noted.path),
    ...(location && { location }),
    ...(related && { related }),
  }
}

function locationOf(span: Span | undefined, sources: readonly SourceText[]): Location | undefined {
  const source = sources.find(({ name }) => name === span?.file)
  if (span === undefined || source === undefined) return undefined
  const from = source.positionOf(span.start)
  const to = source.positionOf(span.end)
  return {
    file: span.file,
    line: from.line,
    col: from.col,
    endLine: to.line,
    endCol: to.col,
    start: span.start,
    end: span.end,
  }
}
