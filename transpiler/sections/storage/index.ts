/** storage. */
import type { Section } from '../section.ts'
import { CHECKS } from './checks.ts'
import { defaultStorage } from './defaults.ts'
import { lowerStorage } from './lower.ts'

export const storage: Section<'storage'> = { defaults: defaultStorage, checks: CHECKS, lower: lowerStorage }
