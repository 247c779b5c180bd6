import { readFileSync } from 'node:fs'
import { type Lock, parseLock } from '../images/lock.ts'

/** A lock of the checkout, which is the working folder. */
export const lockOf = (name: 'components' | 'cluster' | 'long' | 'terraform'): Lock =>
  parseLock(readFileSync(`images/${name}.lock.json`, 'utf8'))
