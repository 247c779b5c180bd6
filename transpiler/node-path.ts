/** Rules for paths on the node. */
import type { Path } from './path.ts'
import type { Report } from './report.ts'

/** What is to be at the path. */
export type PathUse = 'entry' | 'persist' | 'mount' | 'image'

/** Filled by the kernel at every boot. */
const KERNELS = ['/proc', '/sys', '/dev']
/** Keel's own. */
const KEELS = ['/keel', '/run/keel', '/etc/kubernetes/manifests']
/** RAM of this boot by their meaning. */
const VOLATILE = ['/run', '/tmp', '/var/run', '/var/tmp']
/** The root is a read-only image; only here can something be put. */
const WRITABLE = ['/etc', '/opt', '/var', '/run', '/tmp']

/** Whether `path` lies below `parent`. */
export function isBelow(path: string, parent: string): boolean {
  return path.length > parent.length && path.startsWith(parent) && path[parent.length] === '/'
}

/** Reports what is wrong with the path that `key` of the value at `at` gives. Most paths are right, so the place is made late. */
export function checkNodePath(
  path: string,
  at: Path,
  key: string | number,
  use: PathUse,
  report: Report,
): void {
  const within = (places: readonly string[]) => places.find(place => path === place || isBelow(path, place))
  const here = (): Path => [...at, key]
  if (!path.startsWith('/')) return report.add('path-not-absolute', here(), { path })
  if (/[\0-\x1f\x7f]/.test(path)) return report.add('path-control-character', here(), {})
  if (/\/(\/|\.{0,2}$|\.{1,2}\/)/.test(path))
    return report.add('path-not-simple', here(), { path, simple: simplified(path) })
  if (use === 'image') return
  const kernels = within(KERNELS)
  if (kernels !== undefined) return report.add('path-of-kernel', here(), { path, place: kernels })
  const keels = within(KEELS)
  if (keels !== undefined) return report.add('path-of-keel', here(), { path, place: keels })
  const isPlaceable = path === '/mnt' ? use === 'mount' : WRITABLE.some(place => isBelow(path, place))
  if (!isPlaceable) return report.add('path-read-only', here(), { path, writable: WRITABLE })
  const volatile = within(VOLATILE)
  if (volatile !== undefined && use === 'persist')
    report.add('path-volatile', here(), { path, place: volatile })
}

function simplified(path: string): string {
  const steps: string[] = []
  for (const step of path.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '' && step !== '.') steps.push(step)
  }
  return `/${steps.join('/')}`
}
