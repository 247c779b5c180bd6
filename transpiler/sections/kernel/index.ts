/** kernel. */
import type { Section } from '../section.ts'
import { checkKernel } from './checks.ts'
import { defaultKernel } from './defaults.ts'
import { lowerKernel } from './lower.ts'

export const kernel: Section<'kernel'> = {
  defaults: defaultKernel,
  checks: [checkKernel],
  lower: lowerKernel,
}
