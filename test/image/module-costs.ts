/** What each module for workloads adds to an image: its file, and the files that only it needs, packed as the root is. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { WORKLOAD_MODULES } from '../../images/recipes/workload-modules.ts'
import type { Drivers } from './device-drivers.ts'

export interface ModuleCost {
  readonly name: string
  readonly bytes: number
  /** Modules that only it brings, or for what several need: `several`. */
  readonly brings: readonly string[]
}

/** `folder` holds the modules of the unpacked root. Rows in the order of the recipe, then what several of them share. */
export function moduleCosts({ index }: Drivers, folder: string): ModuleCost[] {
  const named = new Set(WORKLOAD_MODULES.map(({ name }) => name))
  const needs = new Map([...named].map(name => [name, [...withDeps(index.modules, name)]]))
  const users = (dep: string) => [...named].filter(name => name !== dep && needs.get(name)?.includes(dep))
  const unnamed = new Set([...needs.values()].flat().filter(dep => !named.has(dep)))
  const ownDeps = [...unnamed].filter(dep => users(dep).length === 1)
  const shared = [...unnamed].filter(dep => !ownDeps.includes(dep)).sort()
  const size = (name: string) => packed(join(folder, index.modules[name]?.file ?? ''))
  const rows = [...named].map((name): ModuleCost => {
    const brings = ownDeps.filter(dep => users(dep)[0] === name).sort()
    return { name, brings, bytes: [name, ...brings].reduce((sum, one) => sum + size(one), 0) }
  })
  return [...rows, ...shared.map(name => ({ name, brings: [], bytes: size(name) }))]
}

function withDeps(modules: Drivers['index']['modules'], name: string, seen = new Set<string>()): Set<string> {
  for (const dep of modules[name]?.deps ?? []) {
    if (seen.has(dep)) continue
    seen.add(dep)
    withDeps(modules, dep, seen)
  }
  return seen
}

const packed = (file: string): number =>
  execFileSync('zstd', ['-q', '-19', '-c', file], { maxBuffer: 1 << 26 }).length
