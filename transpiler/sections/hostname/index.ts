/** hostname. */
import type { Section } from '../section.ts'
import { checkHostname } from './checks.ts'
import { defaultHostname } from './defaults.ts'
import { lowerHostname } from './lower.ts'

export const hostname: Section<'hostname'> = {
  defaults: defaultHostname,
  checks: [checkHostname],
  lower: lowerHostname,
}
