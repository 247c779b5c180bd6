/** The generations of a machine config as they lie on KEEL-STATE. Only for machines that are off. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempDir } from '../temp-dir.ts'
import { filesystemAt, readFrom, removeFrom, replaceIn, treeOf } from './disk.ts'

/** One generation: a line of JSON, then the machine config. */
export interface Generation {
  readonly header: Record<string, string>
  readonly document: string
}

export type Slot = 'staged' | 'current' | 'previous'

/** A generation; nothing where there is none. */
export function generationOf(disk: string, slot: Slot): Generation | undefined {
  const text = readFrom(filesystemAt(disk, 'KEEL-STATE'), `/config/${slot}`)
  if (text === '') return undefined
  const end = text.indexOf('\n')
  return { header: JSON.parse(text.slice(0, end)), document: text.slice(end + 1) }
}

/** The machine configs of all generations. */
export function documentsOf(disk: string): Record<Slot, string | undefined> {
  const of = (slot: Slot) => generationOf(disk, slot)?.document
  return { staged: of('staged'), current: of('current'), previous: of('previous') }
}

/** Names of the files in the folder of the generations. */
export function filesOf(disk: string): string[] {
  const lines = treeOf(filesystemAt(disk, 'KEEL-STATE'))
  return lines.flatMap(line => /^\/config\/(\S+) 10/.exec(line)?.[1] ?? [])
}

/** Puts the current generation back to what a keel-init wrote that kept one machine config, in two files. */
export function intoOldLayout(disk: string): void {
  const { header, document } = generationOf(disk, 'current') ?? {}
  const { apiVersion: _, ...origin } = header ?? {}
  const folder = tempDir()
  const state = filesystemAt(disk, 'KEEL-STATE')
  for (const [name, text] of [
    ['machine.json', document ?? ''],
    ['origin.json', JSON.stringify(origin)],
  ] as const) {
    writeFileSync(join(folder, name), text)
    replaceIn(state, `/config/${name}`, join(folder, name))
  }
  removeFrom(state, '/config/current')
}
