/** The version that a machine config names: the lowest minor of the machine schema that can say it. */
import { MINORS, type Minor, type Place, versionOf } from '../../schema/minors.ts'
import { isObject } from '../json.ts'
import { type Path, pointerOf } from '../path.ts'

/** The lowest version that can say this; all of a machine config but its version. */
export function lowestVersion(machine: object, minors: readonly Minor[] = MINORS): string {
  const last = minors.findLastIndex(({ adds }) => firstOf(machine, adds) !== undefined)
  return versionOf(Math.max(last, 0))
}

/** Why the version that a document names does not fit what it says. Another major is left to the schema, which refuses it. */
export function versionProblem(
  document: unknown,
  minors: readonly Minor[] = MINORS,
): { readonly pointer: string; readonly message: string } | undefined {
  if (!isObject(document) || document['kind'] !== 'MachineConfig') return undefined
  const named = minorOf(document['apiVersion'])
  const newest = versionOf(minors.length - 1)
  if (named === undefined) return undefined
  if (named >= minors.length)
    return {
      pointer: '/apiVersion',
      message: `it is of ${versionOf(named)}, and the newest version known here is ${newest}; take a newer keelctl`,
    }
  const later = minors.map((minor, i) => ({ ...minor, i })).slice(named + 1)
  for (const { removes, i } of later) {
    const gone = firstOf(document, removes)
    if (gone !== undefined) {
      const message = `it is of ${versionOf(named)}, and ${versionOf(i)} removed this; transpile the node config again`
      return { pointer: pointerOf(gone), message }
    }
  }
  for (const { adds, i } of later) {
    const early = firstOf(document, adds)
    const message = `this came with ${versionOf(i)}, and the document names ${versionOf(named)}`
    if (early !== undefined) return { pointer: pointerOf(early), message }
  }
  return undefined
}

/** The number behind `keel/v1`. Nothing for what no version is called. */
function minorOf(version: unknown): number | undefined {
  const [, number] = /^keel\/v1(?:\.([1-9][0-9]{0,8}))?$/.exec(String(version)) ?? [undefined, null]
  return number === null ? undefined : Number(number ?? 0)
}

function firstOf(document: unknown, places: readonly Place[]): Path | undefined {
  for (const place of places) {
    const found = findIn(document, place)
    if (found !== undefined) return found
  }
  return undefined
}

/** Where a document has something in a place. */
function findIn(document: unknown, { path, value }: Place): Path | undefined {
  return find(document, path.split('.'), value)
}

function find(
  here: unknown,
  [step, ...rest]: readonly string[],
  value: string | undefined,
): Path | undefined {
  if (step === undefined) return value === undefined || here === value ? [] : undefined
  if (step !== '*') {
    if (!isObject(here) || !Object.hasOwn(here, step)) return undefined
    const found = find(here[step], rest, value)
    return found && [step, ...found]
  }
  for (const [i, item] of (Array.isArray(here) ? here : []).entries()) {
    const found = find(item, rest, value)
    if (found !== undefined) return [i, ...found]
  }
  return undefined
}
