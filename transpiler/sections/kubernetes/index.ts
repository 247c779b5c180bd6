/** kubernetes. */
import type { Section } from '../section.ts'
import { CHECKS } from './checks.ts'
import { defaultKubernetes } from './defaults.ts'
import { lowerKubernetes } from './lower.ts'

export const kubernetes: Section<'kubernetes'> = {
  defaults: defaultKubernetes,
  checks: CHECKS,
  lower: lowerKubernetes,
}
