/** machine-config node -> node-config path, so that any later failure names a YAML line. */
import { type Path, pointerOf } from '../path.ts'

/** Where an object of the machine config comes from. */
interface Origin {
  readonly path: Path
  /** Fields that come from elsewhere than `path` followed by their own name without its unit. */
  readonly fields: Readonly<Record<string, Path>> | undefined
}

export class Origins {
  readonly #of = new Map<object, Origin>()

  /** Notes that `node` comes from `path`, and gives it back. */
  from<T extends object>(path: Path, node: T, fields?: { readonly [K in keyof T]?: Path }): T {
    this.#of.set(node, { path, fields: fields as Origin['fields'] })
    return node
  }

  /** A list of plain values, each from where its item was written. */
  listOf<T extends { readonly at: Path }, V>(path: Path, items: readonly T[], plain: (item: T) => V): V[] {
    const list = items.map(plain)
    this.#of.set(list, { path, fields: Object.fromEntries(items.map(({ at }, i) => [i, at])) })
    return list
  }

  /** Place in the node config of the value at a place of the machine config; the nearest parent's when it has none of its own. */
  originOf(machine: unknown, path: Path): Path {
    let origin: Path = []
    let node = machine
    for (const step of path) {
      const own = this.#of.get(node as object)
      const field = own?.fields?.[String(step)]
      const child = (node as Record<string | number, unknown> | undefined)?.[step]
      origin =
        field ?? (own && typeof child !== 'object' ? [...own.path, writtenName(step)] : (own?.path ?? origin))
      node = child
    }
    return this.#of.get(node as object)?.path ?? origin
  }

  /** Objects of the machine config without an origin, as JSON pointers. Always empty: a tidy test looks. */
  missing(machine: unknown): string[] {
    const found: string[] = []
    const visit = (node: unknown, path: Path) => {
      if (typeof node !== 'object' || node === null) return
      if (!Array.isArray(node) && !this.#of.has(node)) found.push(pointerOf(path))
      for (const [key, value] of Object.entries(node))
        visit(value, [...path, Array.isArray(node) ? Number(key) : key])
    }
    visit(machine, [])
    return found
  }
}

/** The node config has the unit in the value and not in the name: `timeoutMs` was written as `timeout`. */
function writtenName(step: string | number): string | number {
  return typeof step === 'number' ? step : step.replace(/(Ms|Bytes)$/, '')
}
