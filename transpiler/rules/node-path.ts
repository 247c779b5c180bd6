/** Rules for paths on the node. */
import type { Report } from '../diag/report.ts'
import type { Path } from '../path.ts'
import { type OwnedPath, ownedBelow, ownerOf, type PathUse } from './owned-path.ts'

/** Filled by the kernel at every boot. */
const KERNELS = ['/proc', '/sys', '/dev']
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
  owned: readonly OwnedPath[],
  report: Report,
): void {
  const within = (places: readonly string[]) => places.find(place => path === place || isBelow(path, place))
  const here = (): Path => [...at, key]
  if (!path.startsWith('/')) return report.add('path-not-absolute', here(), { path, use })
  if (/\p{Cc}/u.test(path)) return report.add('path-control-character', here(), {})
  const long = tooLongIn(path)
  if (long !== undefined) return report.add('path-too-long', here(), long)
  if (path !== '/' && /\/(\/|\.{0,2}$|\.{1,2}\/)/.test(path))
    return report.add('path-not-simple', here(), { path, simple: simplified(path) })
  if (use === 'image' && path === '/') return report.add('path-of-directory', here(), { path, inner: '/usr' })
  if (use === 'image') return
  const kernels = within(KERNELS)
  if (kernels !== undefined) return report.add('path-of-kernel', here(), { path, place: kernels })
  const owner = ownerOf(path, use, owned)
  if (owner !== undefined) return report.add('path-of-keel', here(), { path, ...owner })
  const isPlaceable = path === '/mnt' ? use === 'mount' : WRITABLE.some(place => isBelow(path, place))
  if (!isPlaceable) return report.add('path-read-only', here(), { path, writable: WRITABLE })
  const inner = use === 'file' ? ownedBelow(path, owned) : undefined
  if (inner !== undefined) return report.add('path-of-directory', here(), { path, inner })
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

/** What the kernel takes, in bytes: of one name, and of the whole. */
const MOST_NAME_BYTES = 255
const MOST_PATH_BYTES = 4095

/** The part of a path that is too long. Most are short, and bytes are only counted of those that are not. */
function tooLongIn(path: string): { what: string; bytes: number; limit: number } | undefined {
  if (path.length * 3 <= MOST_NAME_BYTES) return undefined
  const bytesOf = (text: string) => new TextEncoder().encode(text).length
  const name = path.split('/').find(one => bytesOf(one) > MOST_NAME_BYTES)
  if (name !== undefined) return { what: 'a name in this path', bytes: bytesOf(name), limit: MOST_NAME_BYTES }
  const bytes = bytesOf(path)
  return bytes > MOST_PATH_BYTES ? { what: 'this path', bytes, limit: MOST_PATH_BYTES } : undefined
}
