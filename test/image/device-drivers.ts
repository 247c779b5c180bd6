/** Which drivers an image has for a device, by the rules of init. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageFacts } from '../../images/index.ts'
import { type ModuleIndex, moduleName } from '../../images/layout/modules.ts'

/** What an image contains about its kernel and its modules. */
export interface Drivers {
  readonly index: ModuleIndex
  /** Modules that are part of the kernel, by name. */
  readonly builtIn: ReadonlySet<string>
  /** The kernel's options, as `CONFIG_XEN=y`. */
  readonly config: readonly string[]
}

/** Reads the root of an image, unpacked at `root`; `facts` is its image.json. */
export function driversIn(root: string, facts: ImageFacts): Drivers {
  const read = (name: string): string =>
    readFileSync(join(root, 'lib/modules', facts.kernelRelease, name), 'utf8')
  return {
    index: JSON.parse(read('modules.keel')),
    builtIn: new Set(read('modules.builtin').trim().split('\n').map(moduleName)),
    config: read('config').split('\n'),
  }
}

/** The buses whose devices init asks for their drivers, read from its source. */
export function busesOfInit(): string[] {
  const folder = 'init-stub/src'
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.rs'),
  )
  for (const file of sources) {
    const list = readFileSync(join(folder, file), 'utf8').match(/const BUSES: [^=]*= \[([^\]]*)\]/)?.[1]
    if (list !== undefined) return [...list.matchAll(/"(\w+)"/g)].map(([, bus = '']) => bus)
  }
  throw new Error('no source of keel-init lists its buses')
}

/** The bus of a device or of a pattern, as `acpi` of `acpi*:VMBUS:*`. */
export const busOf = (alias: string): string => alias.match(/^\w+/)?.[0] ?? ''

/** The modules that say that they drive a device. */
export const modulesFor = (index: ModuleIndex, alias: string): string[] =>
  index.aliases.filter(([pattern]) => aliasMatches(pattern, alias)).map(([, name]) => name)

/** Shell-like matching as init does it, held to the same cases: fixtures/module-aliases.json. */
export function aliasMatches(pattern: string, alias: string): boolean {
  const parts: string[] = pattern.match(/\[[^\]]*\]|\[|[^[]/g) ?? []
  // A bracket that nothing closes matches nothing.
  if (parts.includes('[')) return false
  return new RegExp(`^${parts.map(partOf).join('')}$`, 's').test(alias)
}

function partOf(part: string): string {
  if (part === '*') return '.*'
  if (part === '?') return '.'
  if (part.startsWith('[')) return part
  return /[-_]/.test(part) ? '[-_]' : part.replace(/[\\^$.+(){}|\]/]/, '\\$&')
}
