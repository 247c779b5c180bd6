/** keel-init's SNTP child against a real chronyd. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { keelInit } from '../contract/validators.ts'
import { chronyd, startChrony } from './chrony.ts'
import { type ClientEvent, eventsOf, type Lab, openLab } from './lab.ts'

let init = ''
beforeAll(() => {
  init = keelInit()
  chronyd()
})

/** The client's end of the cable has an address, as after DHCP. */
function connect(lab: Lab): void {
  lab.atClient('ip', 'address', 'add', '10.77.0.9/24', 'dev', 'c0')
  lab.atClient('ip', 'link', 'set', 'c0', 'up')
}

/** A server is there as soon as it answers; until then questions go unanswered. */
async function timeFrom(lab: Lab, ...servers: string[]): Promise<{ server: string; offsetNs: number }> {
  const ask = () => eventsOf(lab.startWorker(init, 'sntp', servers))('time').catch(() => undefined)
  let time: ClientEvent | undefined
  await expect.poll(async () => (time = await ask()), { timeout: 30_000 }).toBeDefined()
  return time as unknown as { server: string; offsetNs: number }
}

describe('SNTP', () => {
  test('a server tells how far the clock is off', async () => {
    const lab = openLab(onTestFinished)
    connect(lab)
    await startChrony(lab, 'local stratum 3')
    const { server, offsetNs } = await timeFrom(lab, '10.77.0.1')
    expect(server).toBe('10.77.0.1')
    // Both ends read one clock; what a busy host adds is far below any zone or epoch.
    expect(Math.abs(offsetNs)).toBeLessThan(1_000_000_000)
  })

  test('a server that is not synchronised is skipped', async () => {
    const lab = openLab(onTestFinished)
    connect(lab)
    await startChrony(lab)
    const why = async () => (await eventsOf(lab.startWorker(init, 'sntp', ['10.77.0.1']))('failed'))['why']
    await expect.poll(why, { timeout: 30_000 }).toContain('is not synchronised')
  })

  test('a name is looked up, and of several servers the first that answers counts', async () => {
    const lab = openLab(onTestFinished)
    connect(lab)
    await startChrony(lab, 'local stratum 3')
    await lab.dnsmasq('--port=53', '--address=/ntp.test/10.77.0.1', '--dhcp-range=10.77.0.0,static')
    const resolver = join(lab.folder, 'resolv.conf')
    writeFileSync(resolver, 'nameserver 10.77.0.1\n')
    const bind = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    const before = ['unshare', '--mount', 'sh', '-c', bind, resolver]
    const ask = async () => {
      const lines = lab.startWorker(init, 'sntp', ['nowhere.test', '10.77.0.250', 'ntp.test'], before)
      return (await eventsOf(lines)('time').catch(() => undefined))?.['server']
    }
    await expect.poll(ask, { timeout: 60_000 }).toBe('ntp.test')
  })

  test('without an answer it says so and ends', async () => {
    const lab = openLab(onTestFinished)
    connect(lab)
    const lines = lab.startWorker(init, 'sntp', ['10.77.0.1'])
    expect(await eventsOf(lines)('failed')).toMatchObject({ server: '10.77.0.1' })
    expect(await lines.ended).toBe(1)
  })
})
