/** images/components.lock.json: each piece of software of an image, by name, version, origin and digest. */
export interface Lock {
  readonly components: readonly Component[]
}

export interface Component {
  readonly name: string
  readonly version: string
  readonly license: string
  /** Why this line and not a newer one, where there is one. */
  readonly stays?: string
  readonly origin: Origin
}

/** How a component is had. `kind` decides which step makes it. */
export type Origin =
  | {
      /** A module by the Go module proxy, built through the wrapper module images/go/<wrapper>, whose go.sum pins the rest. */
      readonly kind: 'go'
      readonly module: string
      readonly wrapper: string
      /** The go.mod to build by, with the go.sum of the same name, where the wrapper has one for each version. Absent: `go.mod`. */
      readonly modfile?: string
      /** The h1 digest of the module, as go.sum has it. */
      readonly sum: string
    }
  | {
      /** A binary package. Its name may carry the version (kernels do); `pattern` then finds its successors. */
      readonly kind: 'deb'
      readonly package: string
      readonly pattern: string
      readonly suites: readonly string[]
      readonly sha256: string
    }
  | {
      /** A source package. */
      readonly kind: 'deb-src'
      readonly package: string
      readonly suites: readonly string[]
      readonly files: readonly { readonly name: string; readonly sha256: string }[]
    }
  | {
      /** A folder of this repository. */
      readonly kind: 'tree'
      readonly path: string
    }

export type OriginOf<K extends Origin['kind']> = Extract<Origin, { kind: K }>
export type Package = Component & { readonly origin: OriginOf<'deb'> | OriginOf<'deb-src'> }

export const isPackage = (component: Component): component is Package =>
  component.origin.kind === 'deb' || component.origin.kind === 'deb-src'

export const parseLock = (text: string): Lock => JSON.parse(text) as Lock
export const formatLock = (lock: Lock): string => `${JSON.stringify(lock, null, 2)}\n`

/** The lock with some components replaced by others of the same name. */
export const withComponents = (lock: Lock, replaced: readonly Component[]): Lock => ({
  components: lock.components.map(old => replaced.find(({ name }) => name === old.name) ?? old),
})

/** Whether a version is the wanted one; a minor such as `1.36` wants any of its patches. */
export const isVersion = (version: string, wanted: string): boolean =>
  version === wanted || (wanted.includes('.') && version.startsWith(`${wanted}.`))

/** The version of Kubernetes in images: that of the kubelet; the default comes first. */
export const kubernetesVersions = ({ components }: Lock): string[] =>
  components.filter(({ name }) => name === KUBELET).map(({ version }) => version)

/** The component whose version is Kubernetes'. */
export const KUBELET = 'kubelet'

/** One row of each component. Of those that have a row for each minor of Kubernetes it is the wanted one, else the first. */
export function withKubernetes({ components }: Lock, wanted: string | undefined): Lock {
  const chosenOf = (rows: readonly Component[]) =>
    wanted === undefined ? rows[0] : rows.find(({ version }) => isVersion(version, wanted))
  return {
    components: components.filter(component => {
      const rows = components.filter(({ name }) => name === component.name)
      return rows.length === 1 || component === chosenOf(rows)
    }),
  }
}

export function componentOf(lock: Lock, name: string): Component {
  const found = lock.components.find(component => component.name === name)
  if (!found) throw new Error(`images/components.lock.json has no component ${name}`)
  return found
}
