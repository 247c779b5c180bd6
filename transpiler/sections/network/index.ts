/** network. */
import type { Section } from '../section.ts'
import { checkNetwork } from './checks.ts'
import { defaultNetwork } from './defaults.ts'
import { lowerNetwork } from './lower.ts'

export const network: Section<'network'> = {
  defaults: defaultNetwork,
  checks: [checkNetwork],
  lower: lowerNetwork,
}
