/** Why the machine schema refuses a document. No message shows a value: it could be a secret. */
import { pathOf, valueAt } from '../path.ts'
import { kindOf, wantedOf } from '../recover/kinds.ts'
import { versionProblem } from './api-version.ts'
import { firstViolation, type Violation } from './verify.ts'

/** The first problem, with the place in the document. */
export function machineRefusal(
  machine: unknown,
): { readonly pointer: string; readonly message: string } | undefined {
  const version = versionProblem(machine)
  if (version !== undefined) return version
  const violation = firstViolation(machine)
  if (violation === undefined) return undefined
  const value = valueAt(machine, pathOf(violation.pointer))
  return { pointer: violation.pointer, message: wordsOf(violation, value) }
}

function wordsOf({ keyword, params }: Violation, value: unknown): string {
  switch (keyword) {
    case 'additionalProperties':
      return `the key ${JSON.stringify(params['additionalProperty'])} is unknown`
    case 'required':
      return `the key ${JSON.stringify(params['missingProperty'])} is missing`
    case 'type':
      return `expected ${wantedOf([], params['type']).join(' or ')}, found ${kindOf(value)}`
    case 'const':
    case 'enum':
      return `this value is not allowed; allowed: ${[params['allowedValues'] ?? params['allowedValue']].flat().join(', ')}`
    case 'pattern':
    case 'format':
      return 'this value has the wrong form'
    case 'discriminator':
    case 'oneOf':
      return 'this is none of the forms that are allowed here'
    default:
      return `this value is out of range (${keyword})`
  }
}
