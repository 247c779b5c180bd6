/** Node config in, machine config and diagnostics out. Reads nothing but its arguments and never throws on any text. */
import type { MachineConfig } from '../schema/generated/machine.ts'
import type { Diagnostic } from './diag/diagnostic.ts'
import { Report } from './diag/report.ts'
import { Locals, type ReadLocal } from './local.ts'
import { emit } from './machine/emit.ts'
import { Origins } from './machine/origins.ts'
import { verify } from './machine/verify.ts'
import type { Path } from './path.ts'
import { ALL_READABLE, takeUnreadable } from './recover/unreadable.ts'
import { validate } from './recover/validate.ts'
import type { FullConfig } from './sections/full-config.ts'
import { check, fillDefaults, lower } from './sections/index.ts'
import { hideSecrets } from './yaml/hide-secrets.ts'
import { merge } from './yaml/merge.ts'
import { Positions } from './yaml/positions.ts'
import { readSource } from './yaml/read-source.ts'
import { type Source, type SourceText, spanOfRange } from './yaml/source.ts'
import type { ValueMap } from './yaml/value.ts'

export type { MachineConfig } from '../schema/generated/machine.ts'
export type { Diagnostic } from './diag/diagnostic.ts'
export type { ReadLocal } from './local.ts'
export { readMachineConfig } from './machine/read.ts'
export { secretsIn } from './machine/secrets.ts'
export { pathOf, pathText, pointerOf } from './path.ts'
export { nearest } from './rules/nearest.ts'
export type { Source } from './yaml/source.ts'

export interface Options {
  /** Reads the files that a config names by `local`. Left out: such a config has an error. */
  readonly readLocal?: ReadLocal
}

export interface Result {
  /** Only without any error. */
  readonly machine?: MachineConfig
  /** The machine config's bytes. */
  readonly text?: string
  readonly diagnostics: readonly Diagnostic[]
  /** The sources as text, for code frames. */
  readonly sources: readonly SourceText[]
  /** Place in the machine config → place in the sources. */
  readonly originOf: (
    path: Path,
  ) => { readonly path: Path; readonly file: string; readonly line: number } | undefined
  /** Objects of the machine config without an origin; always empty. */
  readonly missingOrigins: () => readonly string[]
}

/** How a full config becomes a machine config; each part of the machine config notes where it comes from. */
export type Lower = (config: FullConfig, origins: Origins) => MachineConfig

/** `lowerBy` is for tests alone: another one shows what happens when a pass has a bug. */
export function transpile(sources: readonly Source[], options: Options = {}, lowerBy: Lower = lower): Result {
  const report = new Report()
  const places = new Positions()
  const read = sources.map(source => readSource(source, places, report))
  const texts = read.map(({ text }) => text)
  const secrets = hideSecrets(read, places)
  const fragments = read.flatMap(({ root }) => (root === undefined ? [] : [root]))
  const areEmpty = read.every(({ isEmpty }) => isEmpty)
  const [first] = texts
  if (areEmpty && first !== undefined) report.at('source-empty', spanOfRange(first, [0, 0]), {})
  if (fragments.length < read.length || areEmpty)
    return failed(report.diagnostics({}, places, texts, secrets), texts)

  const { root, removed, withoutValue } = merge(fragments, places)
  const unreadable = report.hasErrors ? takeUnreadable(root) : ALL_READABLE
  const validated = validate(root, report, unreadable, withoutValue, removed)
  report.passOver(validated.broken)
  const locals = new Locals(options.readLocal, root, places, report)
  const config = fillDefaults(validated.config, { removed, locals, report })
  check(config, report, at => validated.broken.isWhole(at))
  if (report.hasErrors) return failed(report.diagnostics(root, places, texts, secrets), texts)

  const origins = new Origins()
  const machine = lowerBy(config, origins)
  verify(machine, origins, report)
  if (report.hasErrors) return failed(report.diagnostics(root, places, texts, secrets), texts)
  return {
    machine,
    text: emit(machine),
    diagnostics: report.diagnostics(root, places, texts, secrets),
    sources: texts,
    originOf: path => originIn(origins.originOf(machine, path), root, places, texts),
    missingOrigins: () => origins.missing(machine),
  }
}

function failed(diagnostics: readonly Diagnostic[], sources: readonly SourceText[]): Result {
  return { diagnostics, sources, originOf: () => undefined, missingOrigins: () => [] }
}

function originIn(
  path: Path,
  root: ValueMap,
  places: Positions,
  sources: readonly SourceText[],
): ReturnType<Result['originOf']> {
  const written = writtenPart(path, root)
  const span = places.spanOf(root, written, 'key')
  const source = sources.find(({ name }) => name === span?.file)
  return span && source && { path: written, file: span.file, line: source.positionOf(span.start).line }
}

/** The path as far as the node config has it: a default has no line of its own. */
function writtenPart(path: Path, root: ValueMap): Path {
  let value: unknown = root
  const end = path.findIndex(step => {
    value = typeof value === 'object' && value !== null ? (value as ValueMap)[step] : undefined
    return value === undefined
  })
  return end === -1 ? path : path.slice(0, end)
}
