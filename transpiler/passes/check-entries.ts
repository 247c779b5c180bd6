/** storage.directories, files and links: paths of one tree, in which nothing stands in the way of another. */
import type { FullConfig, FullFile } from '../full-config.ts'
import { checkMode } from '../mode.ts'
import { checkNodePath } from '../node-path.ts'
import type { Path } from '../path.ts'
import type { Report } from '../report.ts'
import { modeOf } from '../units.ts'

type Kind = 'directory' | 'file' | 'link'

/** One thing that must exist at a path. */
interface Entry {
  readonly kind: Kind
  readonly at: Path
  readonly path: string
}

export function checkEntries({ storage }: FullConfig, report: Report): void {
  const own = storage.files.filter(({ isImplied }) => !isImplied)
  const entries: Entry[] = [
    ...storage.directories.map(({ at, path }) => ({ kind: 'directory' as const, at, path })),
    ...own.map(({ at, path }) => ({ kind: 'file' as const, at, path })),
    ...storage.links.map(({ at, path }) => ({ kind: 'link' as const, at, path })),
  ]
  for (const { at, path } of entries) checkNodePath(path, [...at, 'path'], 'entry', report)
  for (const { at, mode } of [...storage.directories, ...own]) checkMode(mode, [...at, 'mode'], report)
  for (const file of own) checkSecret(file, report)
  for (const { at, path, target } of storage.links) {
    if (target === path || target.includes('\0'))
      report.add('storage-link-target', [...at, 'target'], { target })
  }
  checkTree(entries, storage, report)
}

function checkTree(entries: readonly Entry[], storage: FullConfig['storage'], report: Report): void {
  const ofPath = new Map<string, Entry>()
  for (const { at, path } of [
    ...storage.persist,
    ...storage.filesystems.map(({ at, mountPath }) => ({ at, path: mountPath })),
  ]) {
    ofPath.set(path, { kind: 'directory', at, path })
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
  for (const entry of entries) {
    for (let end = entry.path.lastIndexOf('/'); end > 0; end = entry.path.lastIndexOf('/', end - 1)) {
      const parent = ofPath.get(entry.path.slice(0, end))
      if (parent === undefined || parent.kind === 'directory') continue
      const related = [{ path: [...parent.at, 'path'], message: `the ${parent.kind} is here` }]
      report.add(
        'storage-parent-no-directory',
        [...entry.at, 'path'],
        { path: entry.path, parent: parent.path, kind: parent.kind },
        { related },
      )
      break
    }
  }
}

/** A private key that everybody on the node may read is hardly ever meant. */
function checkSecret({ at, path, mode, contents }: FullFile, report: Report): void {
  const isSecret = 'text' in contents && /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(contents.text)
  if (isSecret && ((modeOf(mode) ?? 0) & 0o044) !== 0)
    report.add('storage-secret-readable', [...at, 'path'], { path })
}
