/** time. */
import type { Section } from '../section.ts'
import { checkTime } from './checks.ts'
import { defaultTime } from './defaults.ts'
import { lowerTime } from './lower.ts'

export const time: Section<'time'> = { defaults: defaultTime, checks: [checkTime], lower: lowerTime }
