/**
 * Programs of Debian packages that are unpacked into the cache and not installed: installed they would be services of this machine, which
 * keep its clock or give addresses to its network.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, privateApt } from '../../images/apt.mjs'

/** A package and the libraries of it that a machine may lack, by how their names begin. */
export interface Unpacked {
  readonly name: string
  readonly packages: readonly string[]
  readonly libraries?: readonly string[]
}

/** The folder into which all of it is unpacked, made once. */
export function unpacked({ name, packages, libraries = [] }: Unpacked): string {
  const cache = cacheFolder(process.env)
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const made = mkdtempSync(join(cache, `${name}-`))
  const codename = /^VERSION_CODENAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
  const suites = [codename, `${codename}-security`].map(suite => ({ type: 'deb' as const, suite }))
  const env = { ...process.env, ...privateApt(join(made, 'apt'), suites) }
  const run = (program: string, ...argv: string[]) =>
    execFileSync(program, argv, { cwd: made, env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  run('apt-get', 'update')
  const depends = libraries.length > 0 ? run('apt-cache', 'depends', ...packages) : ''
  const found = [...depends.matchAll(/^ *Depends: (\S+)$/gm)]
    .map(([, library = '']) => library)
    .filter(library => libraries.some(start => library.startsWith(start)))
  run('apt-get', 'download', ...new Set([...packages, ...found]))
  for (const file of readdirSync(made).filter(one => one.endsWith('.deb')))
    run('dpkg-deb', '--extract', join(made, file), made)
  // Two test files may want it at once: the first is the one that counts.
  if (!existsSync(folder)) renameSync(made, folder)
  return folder
}

/** Words before a program's own that let it find the libraries of its folder. */
export function withLibraries(folder: string): string[] {
  const places = readdirSync(join(folder, 'usr', 'lib')).map(name => join(folder, 'usr', 'lib', name))
  return ['env', `LD_LIBRARY_PATH=${places.join(':')}`]
}
