/** The value of a flag of the kubelet as the kubelet reads it. */
import type { ValueShape } from '../../../schema/shape.ts'
import { type ScalarProblem, textProblem, wordHint } from './values/scalars.ts'

/** What is wrong with the text that a flag is given. */
export function flagProblem(text: string, shape: ValueShape): ScalarProblem | undefined {
  if (shape.type === 'array')
    return text
      .split(',')
      .map(item => flagProblem(item, shape.items ?? {}))
      .find(Boolean)
  if (shape.type === 'object') return pairsProblem(text, shape)
  return textProblem(text, shape)
}

/** `key=value,key=value`. */
function pairsProblem(text: string, shape: ValueShape): ScalarProblem | undefined {
  const separator = shape['x-separator'] ?? '='
  const names = shape.propertyNames
  for (const { key, value } of pairsOf(text, separator)) {
    if (value === undefined)
      return { why: `\`${key}\` is not of the form key${separator}value`, hint: undefined }
    if (names?.enum && !names.enum.includes(key))
      return { why: `there is no \`${key}\``, hint: wordHint(key, names.enum) }
    const problem = flagProblem(value, shape.additionalProperties ?? {})
    if (problem !== undefined) return { ...problem, why: `\`${key}\`: ${problem.why}` }
  }
  return undefined
}

/** Keys and values of a flag that is a map. Without a separator there is no value. */
export function pairsOf(
  text: string,
  separator = '=',
): { readonly key: string; readonly value: string | undefined }[] {
  return text
    .split(',')
    .filter(Boolean)
    .map(pair => {
      const at = pair.indexOf(separator)
      return at === -1
        ? { key: pair, value: undefined }
        : { key: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim() }
    })
}
