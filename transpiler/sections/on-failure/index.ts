/** onFailure. */
import type { Section } from '../section.ts'
import { checkOnFailure } from './checks.ts'
import { defaultOnFailure } from './defaults.ts'
import { lowerOnFailure } from './lower.ts'

export const onFailure: Section<'onFailure'> = {
  defaults: defaultOnFailure,
  checks: [checkOnFailure],
  lower: lowerOnFailure,
}
