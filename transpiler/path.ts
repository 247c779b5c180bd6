/** Paths into a config, and how they are written. */

/** Steps from the root: keys and indexes. */
export type Path = readonly (string | number)[]

/** For people: `$.network.links[1].mac`. */
export function pathText(path: Path): string {
  const step = (at: string | number) => {
    if (typeof at === 'number') return `[${at}]`
    return /^[A-Za-z_$][\w$-]*$/.test(at) ? `.${at}` : `[${JSON.stringify(at)}]`
  }
  return `$${path.map(step).join('')}`
}

/** For machines: `/network/links/1/mac` (RFC 6901). */
export function pointerOf(path: Path): string {
  return path.map(at => `/${String(at).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Steps of a JSON pointer; digits become indexes. */
export function pathOf(pointer: string): Path {
  if (pointer === '') return []
  const steps = pointer.slice(1).split('/')
  return steps.map(step =>
    /^(0|[1-9]\d*)$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~'),
  )
}

/** The places that a pattern means which are there; its step `*` is any item of a list. */
export function placesAt(root: unknown, pattern: readonly string[]): Path[] {
  const [step, ...rest] = pattern
  if (step === undefined) return root === undefined ? [] : [[]]
  const inner =
    step === '*' ? (Array.isArray(root) ? [...root.entries()] : []) : [[step, valueAt(root, [step])] as const]
  return inner.flatMap(([at, value]) => placesAt(value, rest).map(path => [at, ...path]))
}

/** The value at a path; nothing where there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    root,
  )
}
