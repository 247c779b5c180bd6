/** A golden case: what `transpile` is called with, from the files of one folder. */
import { existsSync, readFileSync } from 'node:fs'
import type { Lower, Options, Source } from '../../transpiler/index.ts'
import { pathOf } from '../../transpiler/index.ts'
import { valueAt } from '../../transpiler/path.ts'
import { lower } from '../../transpiler/sections/index.ts'

/** `case.json`: what a case needs in addition to its files. Most need nothing. */
interface Needs {
  /** Files filled up with `#` to so many bytes, so that no megabytes are kept here. */
  readonly bytes?: Readonly<Record<string, number>>
  /** `none`: the config came from no folder, so no file next to it can be read. */
  readonly readLocal?: 'none'
  /** A pass with a bug: it makes this value at this place of the machine config. */
  readonly bug?: { readonly pointer: string; readonly value: unknown }
}

export interface Case {
  readonly sources: readonly Source[]
  readonly options: Options
  readonly lowerBy: Lower
}

const SOURCE = 'node.keel.yaml'

export function caseIn(folder: string): Case {
  const { bytes = {}, readLocal, bug, ...unknown } = needsOf(folder)
  // A misspelled need would be a case that shows something else than its name says.
  for (const key of Object.keys(unknown)) throw new Error(`${folder}/case.json: there is no need ${key}`)
  const read = (file: string) => {
    const at = `${folder}/${file}`
    const kept = existsSync(at) ? new Uint8Array(readFileSync(at)) : undefined
    const size = bytes[file]
    return size === undefined ? kept : filled(kept ?? new Uint8Array(), size)
  }
  return {
    sources: [{ name: SOURCE, text: read(SOURCE) ?? '' }],
    options: readLocal === 'none' ? {} : { readLocal: path => read(path) ?? { problem: 'no such file' } },
    lowerBy: bug === undefined ? lower : lowerWithBug(bug.pointer, bug.value),
  }
}

function needsOf(folder: string): Needs {
  const file = `${folder}/case.json`
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

function filled(start: Uint8Array, size: number): Uint8Array {
  const all = new Uint8Array(size).fill('#'.charCodeAt(0))
  all.set(start)
  return all
}

function lowerWithBug(pointer: string, value: unknown): Lower {
  return (config, origins) => {
    const machine = lower(config, origins)
    const path = pathOf(pointer)
    const parent = valueAt(machine, path.slice(0, -1))
    ;(parent as Node)[path.at(-1) ?? ''] = value
    return machine
  }
}

type Node = Record<string | number, unknown>
