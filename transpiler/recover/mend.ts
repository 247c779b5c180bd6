/** What stands in for values that break the schema, so that the rules can judge everything beside them. */
import { type Shape, shapesAt } from '../../schema/shape.ts'
import { type Path, valueAt } from '../path.ts'
import type { ValueMap } from '../yaml/value.ts'
import { STAND_IN } from './broken.ts'

/**
 * A copy of the config in which a broken item of a list is a hole, so that indexes stay what they were; any other broken or
 * missing value is one of its type, or is left out where none can be made up.
 */
export function mend(config: ValueMap, broken: readonly Path[], shape: Shape): ValueMap {
  const copy = structuredClone(config)
  for (const [i, path] of broken.entries()) {
    const parent = valueAt(copy, path.slice(0, -1))
    const last = path.at(-1)
    if (last === undefined || typeof parent !== 'object' || parent === null) continue
    if (Array.isArray(parent)) parent[Number(last)] = undefined
    else (parent as ValueMap)[last] = standIn(shapesAt(shape, path), i)
  }
  return copy
}

/** Text is each time another, so that two that are broken are not the same. */
function standIn(shapes: readonly Shape[], serial: number): unknown {
  const types = shapes.flatMap(({ type }) => type ?? [])
  if (shapes.some(one => one.enum !== undefined && one.type !== 'boolean')) return undefined
  if (types.includes('string')) return STAND_IN + serial
  if (types.includes('array')) return []
  if (types.includes('object')) return {}
  return types.includes('boolean') ? true : undefined
}
