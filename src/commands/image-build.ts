import { Command } from 'commander'
import type { Env } from '../env.ts'

/** Placeholder until the command lands. */
export const command = (_env: Env): Command => new Command('build').description('not there yet')
