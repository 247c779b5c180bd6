/** health. */
import type { Section } from '../section.ts'
import { checkHealth } from './checks.ts'
import { defaultHealth } from './defaults.ts'
import { lowerHealth } from './lower.ts'

export const health: Section<'health'> = {
  defaults: defaultHealth,
  checks: [checkHealth],
  lower: lowerHealth,
}
