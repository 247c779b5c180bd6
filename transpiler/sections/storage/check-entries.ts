/** storage.directories, files and links: paths of one tree, in which nothing stands in the way of another. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import { checkNodePath } from '../../rules/node-path.ts'
import { modeOf } from '../../rules/units.ts'
import type { FullConfig } from '../full-config.ts'
import { ownedOn } from '../owned-paths.ts'
import { checkMode } from './check-mode.ts'
import type { FullFile } from './types.ts'

type Kind = 'directory' | 'file' | 'link'

/** One thing that must exist at a path. */
interface Entry {
  readonly kind: Kind
  readonly at: Path
  readonly path: string
}

export function checkEntries({ storage, kubernetes }: FullConfig, report: Report): void {
  const owned = ownedOn(kubernetes)
  const own = storage.files.filter(({ isImplied }) => !isImplied)
  const entries: Entry[] = [
    ...storage.directories.map(({ at, path }) => ({ kind: 'directory' as const, at, path })),
    ...own.map(({ at, path }) => ({ kind: 'file' as const, at, path })),
    ...storage.links.map(({ at, path }) => ({ kind: 'link' as const, at, path })),
  ].flatMap(({ path, ...rest }) => (path === undefined ? [] : [{ ...rest, path }]))
  for (const { at, path, kind } of entries) checkNodePath(path, at, 'path', kind, owned, report)
  for (const { at, mode } of storage.directories) checkMode(mode, at, report)
  for (const { at, mode } of own) checkMode(mode, at, report)
  for (const file of own) {
    checkSecret(file, report)
    checkScript(file, report)
  }
  for (const { at, path, target } of storage.links) {
    if (target === undefined) continue
    if (target === path || target.includes('\0'))
      report.add('storage-link-target', [...at, 'target'], { path: path ?? '', isItself: target === path })
  }
  checkTree(entries, storage, report)
}

function checkTree(entries: readonly Entry[], storage: FullConfig['storage'], report: Report): void {
  const ofPath = new Map<string, Entry>()
  for (const { at, path } of [
    ...storage.persist,
    ...storage.filesystems.map(({ at, mountPath }) => ({ at, path: mountPath })),
  ]) {
    if (path !== undefined) ofPath.set(path, { kind: 'directory', at, path })
  }
  for (const entry of entries) {
    const first = ofPath.get(entry.path)
    if (first === undefined) ofPath.set(entry.path, entry)
    else
      report.add(
        'storage-duplicate-path',
        [...entry.at, 'path'],
        { path: entry.path },
        { related: [{ path: [...first.at, 'path'], message: 'first given here' }] },
      )
  }
  const obstacles = new Map<string, Entry | undefined>()
  for (const entry of entries) {
    const parent = obstacleIn(entry.path.slice(0, entry.path.lastIndexOf('/')), ofPath, obstacles)
    if (parent === undefined) continue
    const related = [{ path: [...parent.at, 'path'], message: `the ${parent.kind} is here` }]
    const args = { path: entry.path, parent: parent.path, kind: parent.kind }
    report.add('storage-parent-not-directory', [...entry.at, 'path'], args, { related })
  }
}

/** What is at a folder or above it and is not a directory. Remembered, because thousands of files share a folder. */
function obstacleIn(
  folder: string,
  ofPath: ReadonlyMap<string, Entry>,
  known: Map<string, Entry | undefined>,
): Entry | undefined {
  if (folder === '' || known.has(folder)) return known.get(folder)
  const here = ofPath.get(folder)
  const isObstacle = here !== undefined && here.kind !== 'directory'
  const found = isObstacle
    ? here
    : obstacleIn(folder.slice(0, Math.max(0, folder.lastIndexOf('/'))), ofPath, known)
  known.set(folder, found)
  return found
}

/** A private key that everybody on the node may read is hardly ever meant. */
function checkSecret({ at, path, mode, contents }: FullFile, report: Report): void {
  if (path === undefined || contents === undefined) return
  const isSecret = 'text' in contents && contents.text.includes('PRIVATE KEY-----')
  if (isSecret && ((modeOf(mode) ?? 0) & 0o044) !== 0)
    report.add('storage-secret-readable', [...at, 'path'], { path })
}

/** The carriage return becomes a part of the last word: of the interpreter's name, or of the program that env is to find. */
function checkScript({ at, path, contents }: FullFile, report: Report): void {
  if (path === undefined || contents === undefined) return
  const [, program] = ('text' in contents && /^#![^\n]*?([^\s!]+)[ \t]*\r(?:\n|$)/.exec(contents.text)) || []
  if (program !== undefined) report.add('storage-script-carriage-return', [...at, 'path'], { path, program })
}
