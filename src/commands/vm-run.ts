import { Command } from '../command-line.ts'
import type { Env } from '../env.ts'

/** Placeholder until the command lands. */
export const command = (_env: Env): Command => new Command('run').description('not there yet')
