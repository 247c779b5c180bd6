/** What networks and storage drivers say that they need of a node: `host-needs.json`, which docs/host.md shows as well. */
import rows from './host-needs.json' with { type: 'json' }

export interface HostNeed {
  readonly product: string
  /**
   * `module`: a pod's modprobe loads it. `kernel option`: the kernel's own config has it. `writable`: a file can be made below the path.
   * `shared mount`: path and type. `sysctl`: name=value. `BTF`: what the kernel describes its types for.
   */
  readonly kind:
    | 'module'
    | 'kernel option'
    | 'writable'
    | 'readable'
    | 'shared mount'
    | 'sysctl'
    | 'BTF'
    | 'capability'
  readonly value: string
  /** Which document of the product says so. */
  readonly source: string
}

export const HOST_NEEDS = rows as readonly HostNeed[]

/** The values of a kind, each once. */
export const needed = (kind: HostNeed['kind']): string[] => [
  ...new Set(HOST_NEEDS.filter(need => need.kind === kind).map(({ value }) => value)),
]
