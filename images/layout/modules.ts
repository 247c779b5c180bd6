/** What depmod knows of a kernel package's modules, as text. */
export interface ModuleLists {
  /** modules.dep: `path: path…` */
  readonly dep: string
  /** modules.alias: `alias pattern name` */
  readonly alias: string
  /** modules.softdep: `softdep name pre: name… post: name…` */
  readonly softdep: string
}

export interface KernelModule {
  readonly name: string
  /** Below the folder of modules, in the package as in the image: programs of pods look for `kernel/…` there. */
  readonly file: string
  readonly deps: readonly string[]
}

/** modules.keel: what init needs to load a module by name, or by the alias that the kernel asks for. */
export interface ModuleIndex {
  readonly modules: Readonly<Record<string, { readonly file: string; readonly deps: readonly string[] }>>
  readonly aliases: readonly (readonly [pattern: string, name: string])[]
}

export const moduleName = (path: string): string =>
  path
    .replace(/^.*\//, '')
    .replace(/\.ko(\.xz)?$/, '')
    .replaceAll('-', '_')

/** The wanted modules and all that they need, each after its dependencies. A name without a module is an error: it may be built in. */
export function resolveModules(lists: ModuleLists, wanted: readonly string[]): KernelModule[] {
  const known = parseDep(lists)
  const found = new Map<string, KernelModule>()
  const visit = (name: string, neededBy: string): void => {
    if (found.has(name)) return
    const module = known.get(name)
    if (!module) throw new Error(`the kernel has no module ${name}, which ${neededBy} names`)
    for (const dep of module.deps) visit(dep, name)
    found.set(name, module)
  }
  for (const name of wanted) visit(name, 'the recipe')
  return [...found.values()]
}

function parseDep({ dep, softdep }: ModuleLists): Map<string, KernelModule> {
  const lines = dep.split('\n').filter(line => line.includes(':'))
  const known = new Map<string, KernelModule>()
  for (const line of lines) {
    const [file = '', rest = ''] = line.split(/:(.*)/s)
    const name = moduleName(file)
    known.set(name, {
      name,
      file,
      deps: rest.split(' ').filter(Boolean).map(moduleName),
    })
  }
  for (const [, name = '', pre = ''] of softdep.matchAll(/^softdep (\S+) (?:pre: )((?:(?!post:)\S+ ?)+)/gm)) {
    const module = known.get(name.replaceAll('-', '_'))
    // A soft dependency that is built in, or an alias of one, needs no file.
    const soft = pre
      .split(' ')
      .filter(Boolean)
      .map(moduleName)
      .filter(one => known.has(one))
    if (module) known.set(module.name, { ...module, deps: [...module.deps, ...soft] })
  }
  return known
}

/** The index of just these modules, sorted, so that the same kernel gives the same bytes. */
export function moduleIndex(lists: ModuleLists, modules: readonly KernelModule[]): ModuleIndex {
  const names = new Set(modules.map(({ name }) => name))
  const aliases = [...lists.alias.matchAll(/^alias (\S+) (\S+)$/gm)]
    .map(([, pattern = '', name = '']) => [pattern, name.replaceAll('-', '_')] as const)
    .filter(([, name]) => names.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const sorted = [...modules].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    modules: Object.fromEntries(sorted.map(({ name, file, deps }) => [name, { file, deps }])),
    aliases,
  }
}
