/**
 * A real NTP server. Its package is unpacked into the cache and not installed: installed it would replace the machine's own
 * keeper of time.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, privateApt } from '../../images/apt.mjs'
import type { Lab, Lines } from './lab.ts'

/** Path of chronyd. */
export function chronyd(): string {
  const folder = join(cacheFolder(process.env), 'chrony')
  const program = join(folder, 'usr/sbin/chronyd')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  const codename = /^VERSION_CODENAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
  const suites = [codename, `${codename}-security`].map(suite => ({ type: 'deb' as const, suite }))
  const env = { ...process.env, ...privateApt(join(folder, 'apt'), suites) }
  const options = { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'] }
  execFileSync('apt-get', ['update'], options)
  execFileSync('apt-get', ['download', 'chrony'], options)
  const name = readdirSync(folder).find(file => file.endsWith('.deb'))
  if (!name) throw new Error(`apt-get download left no package in ${folder}`)
  execFileSync('dpkg-deb', ['--extract', join(folder, name), folder], options)
  return program
}

/** Serves this machine's time at every address of the lab's servers, and never touches the clock. */
export async function startChrony(lab: Lab, ...directives: string[]): Promise<Lines> {
  const config = join(lab.folder, 'chrony.conf')
  const own = ['cmdport 0', `pidfile ${join(lab.folder, 'chronyd.pid')}`, 'allow all']
  writeFileSync(config, `${[...own, ...directives].join('\n')}\n`)
  const lines = lab.startAtServer(chronyd(), '-x', '-d', '-u', 'root', '-f', config)
  await lines.next(line => line.includes('chronyd version'))
  return lines
}
