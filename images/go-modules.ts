/** Which Go modules are linked into a program: the linker noted them in it, so they are asked of what really runs. */
import type { Outputs } from './apply.ts'
import { BuildFailed, type Environment } from './environment.ts'
import type { Lock } from './lock.ts'
import type { Recipe } from './recipe.ts'

export interface GoModule {
  readonly path: string
  readonly version: string
}

/** The modules of every Go component, Go's own library among them; a component itself is not one of its modules. */
export async function goModulesOf(
  recipe: Recipe,
  lock: Lock,
  outputs: Outputs,
  environment: Environment,
): Promise<ReadonlyMap<string, readonly GoModule[]>> {
  const modules = new Map<string, readonly GoModule[]>()
  for (const { name, version, origin } of lock.components) {
    if (origin.kind !== 'go') continue
    const programs = (recipe.programs[name]?.(version) ?? []).map(
      program => `${outputs.get(name)?.dir}/${program.name}`,
    )
    const { code, stdout, output } = await environment.run(['go', 'version', '-m', ...programs])
    if (code !== 0) throw new BuildFailed(`go version -m: ${output.trim()}`, 'is go on the PATH?')
    modules.set(
      name,
      linkedInto(stdout).filter(({ path }) => path !== origin.module),
    )
  }
  return modules
}

/** Of `go version -m`: each module once, a replaced one as what replaced it. */
export function linkedInto(text: string): GoModule[] {
  const found = new Map<string, GoModule>()
  let last = ''
  for (const line of text.split('\n')) {
    const go = /: go([\d.]+)$/.exec(line)
    const [, word, path = '', version = ''] = line.split('\t')
    if (go?.[1]) found.set('stdlib', { path: 'stdlib', version: go[1] })
    if (word === '=>') found.delete(last)
    if (word === 'dep' || word === '=>') {
      last = `${path}@${version}`
      found.set(last, { path, version: version.replace(/^v/, '') })
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}
