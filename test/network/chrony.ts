/** A real NTP server. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab, Lines } from './lab.ts'
import { unpacked } from './unpacked.ts'

/** Path of chronyd. */
export const chronyd = () => join(unpacked({ name: 'chrony', packages: ['chrony'] }), 'usr/sbin/chronyd')

/** Serves this machine's time at every address of the lab's servers, and never touches the clock. */
export async function startChrony(lab: Lab, ...directives: string[]): Promise<Lines> {
  const config = join(lab.folder, 'chrony.conf')
  const own = ['cmdport 0', `pidfile ${join(lab.folder, 'chronyd.pid')}`, 'allow all']
  writeFileSync(config, `${[...own, ...directives].join('\n')}\n`)
  const lines = lab.startAtServer(chronyd(), '-x', '-d', '-u', 'root', '-f', config)
  await lines.next(line => line.includes('chronyd version'))
  return lines
}
