/** Where a node config has Kubernetes' own objects: values there mean, and are merged, as Kubernetes has it. */
import { KUBERNETES_PLACES } from '../../schema/generated/kubernetes-places.ts'

/** What is at a place: such an object or a part of one, what leads to one, or neither. */
export type Context = 'object' | WayTo | undefined

/** By key, or by `*` for the items of a list. */
interface WayTo {
  readonly [step: string]: Context
}

/** The root of a node config, from which the schema's marks lead to the objects. */
export const NODE_CONFIG: Context = KUBERNETES_PLACES.reduce<WayTo>(withPlace, {})

function withPlace(way: WayTo, [step = '', ...rest]: readonly string[]): WayTo {
  if (rest.length === 0) return { ...way, [step]: 'object' }
  const next = way[step]
  return { ...way, [step]: withPlace(typeof next === 'object' ? next : {}, rest) }
}

/** One step down. All of an object is a part of it. */
export function below(context: Context, step: string): Context {
  if (typeof context !== 'object') return context
  return Object.hasOwn(context, step) ? context[step] : undefined
}
