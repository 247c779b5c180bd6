/** A schema cut down to what finds a place in it: see `shapeOf` in gen.ts. */
export interface Shape {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly propertyNames?: Shape
  readonly additionalProperties?: Shape | boolean
  readonly oneOf?: readonly Shape[]
  readonly enum?: readonly (string | boolean)[]
  readonly patternErrorMessage?: string
  /** Of a map whose key says what the one around it is: how it may be written. */
  readonly 'x-kind'?: string
  readonly definitions?: Readonly<Record<string, Shape>>
}

/** What a value of a Kubernetes object may be: keywords of JSON Schema. A map with properties has no others. */
export interface ValueShape {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  /** The range of an integer, or what a text is read as. */
  readonly format?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  /** Words that are possible in addition to others. */
  readonly examples?: readonly string[]
  readonly properties?: Readonly<Record<string, ValueShape>>
  readonly required?: readonly string[]
  readonly items?: ValueShape
  readonly propertyNames?: ValueShape
  readonly additionalProperties?: ValueShape
  /** What stands between key and value in a map of a flag. Left out: `=`. */
  readonly 'x-separator'?: string
}

/** A map with a secret in it. */
export interface SecretMap {
  /** Steps to it; `*` is any item of a list. */
  readonly path: readonly string[]
  readonly keys: readonly string[]
}

/** A secret that depends on a key next to it. */
export interface OwnersSecret {
  /** Steps to it; `*` is any item of a list. */
  readonly path: readonly string[]
  /** The key next to it that says who may read it. */
  readonly by: string
  /** The other keys of the same map. */
  readonly siblings: readonly string[]
  /** The keys inside it that hold what is secret. */
  readonly secret: readonly string[]
  /** The keys inside it that hold the name of a file next to the config. */
  readonly open: readonly string[]
}

/** A feature gate of the kubelet; a locked one has no other value than its default. */
export interface FeatureGate {
  readonly default: boolean
  readonly locked?: boolean
  readonly stage: string
}

/** How what one kubelet takes differs from what another takes: JSON merge patches. */
export interface KubeletDifference {
  readonly definitions?: object
  readonly featureGates?: object
  readonly flags?: object
}

/** Parsed at its first use: most configs need it never. */
export function once<T>(json: string): () => T {
  let parsed: T | undefined
  return () => {
    parsed ??= JSON.parse(json) as T
    return parsed
  }
}

/** A `$ref` followed. All of Keel's point at `#/definitions/<name>` of their own schema. */
export function followed(shape: Shape | undefined, root: Shape): Shape | undefined {
  const name = shape?.$ref?.slice('#/definitions/'.length)
  return name === undefined ? shape : root.definitions?.[name]
}

/** The shapes that describe the value at a path: several where the schema offers a choice, none where it knows no such place. */
export function shapesAt(root: Shape, path: readonly (string | number)[]): Shape[] {
  let here: Shape[] = [root]
  for (const step of path)
    here = here.flatMap(shape => choices(shape, root)).flatMap(shape => below(shape, step) ?? [])
  return here.flatMap(shape => choices(shape, root))
}

function choices(shape: Shape, root: Shape): Shape[] {
  const real = followed(shape, root)
  if (real === undefined) return []
  return real.oneOf === undefined ? [real] : real.oneOf.flatMap(one => choices(one, root))
}

function below(shape: Shape, step: string | number): Shape | undefined {
  if (typeof step === 'number') return shape.items
  if (shape.properties !== undefined && Object.hasOwn(shape.properties, step)) return shape.properties[step]
  return typeof shape.additionalProperties === 'object' ? shape.additionalProperties : undefined
}
