import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Profile } from './profile.ts'

/** What Azure has in addition to its metadata service: a server that expects a report that the machine is up, and a medium in the drive. */

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'metadata', 'azure', name), 'utf8')

/** Where that server is. */
export const WIRESERVER_ADDRESS = '168.63.129.16'

/** The server; its document is the goal state. */
export const WIRESERVER = JSON.parse(recorded('wireserver.json')) as Profile

export const GOAL_STATE = recorded('goalstate.xml')

/** The files of the medium, with what the user gave as `customData`. */
export function provisioningMedium(customData: Buffer | string): Record<string, string> {
  const lines = Buffer.from(customData)
    .toString('base64')
    .replace(/.{1,76}/g, '$&\n')
  return { 'ovf-env.xml': recorded('ovf-env.xml').replace('CUSTOM_DATA', lines) }
}
