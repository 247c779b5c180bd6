/** Two network namespaces joined by cables: servers in one, keel-init's children in the other. No address of this machine is touched. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { newFolder, removeLeftovers } from '../cluster/leftovers.ts'
import { removeNetwork } from '../cluster/network.ts'

/** A line that keel-init's child wrote. */
export type ClientEvent = { type: string; interface?: string; [key: string]: unknown }

/** The lines of a process, waited for one by one. */
export type Lines = {
  /** The next line that fits; an error with all lines if there is none in time. */
  next(fits: (line: string) => boolean, seconds?: number): Promise<string>
  /** Reads no more of what it writes. */
  close(): void
  /** Ends the process. */
  end(): void
  ended: Promise<number | null>
}

/** One cable: the server's end is `s0`, `s1` …, the client's `c0`, `c1` … */
export type Lab = {
  folder: string
  /** Runs a command to its end where the servers are, or where the client is. */
  atServer(...argv: string[]): string
  atClient(...argv: string[]): string
  /** Starts what stays. */
  startAtServer(...argv: string[]): Lines
  startAtClient(...argv: string[]): Lines
  /** Starts one of keel-init's workers where the client is, and gives it its job; `before` are words of a program that executes it. */
  startWorker(init: string, name: string, job: unknown, before?: string[]): Lines
  /** A real dnsmasq that gives 10.77.<cable>.50 to .60, with these options; it answers when this is over. */
  dnsmasq(...options: string[]): Promise<Lines>
}

const SECONDS = 20

/** An option of ours: the server is silent about addresses that it did not give. */
export const NOT_AUTHORITATIVE = 'shy'

/** Calls back when a test is over. In parallel with other tests it must be the test's own: Vitest's global one may mean another of them. */
export type AtEnd = (work: () => Promise<void>) => void

/** The lab is gone with all that runs in it when the test is over. */
export function openLab(atEnd: AtEnd, cables = 1): Lab {
  removeLeftovers()
  const folder = newFolder()
  const [server, client] = [`${basename(folder)}-s`, `${basename(folder)}-c`]
  const running: ChildProcess[] = []
  atEnd(async () => {
    for (const child of running) child.kill('SIGKILL')
    await Promise.all(running.map(child => child.exitCode ?? child.signalCode ?? closed(child)))
    for (const name of [server, client]) removeNetwork(name)
    rmSync(folder, { recursive: true, force: true })
  })
  for (const name of [server, client]) ip('netns', 'add', name)
  for (const name of [server, client]) ip('-n', name, 'link', 'set', 'lo', 'up')
  for (let n = 0; n < cables; n += 1) {
    ip('link', 'add', `s${n}`, 'netns', server, 'type', 'veth', 'peer', 'name', `c${n}`, 'netns', client)
    ip('-n', server, 'address', 'add', `10.77.${n}.1/24`, 'dev', `s${n}`)
    ip('-n', server, 'link', 'set', `s${n}`, 'up')
  }
  const inside = (name: string, argv: string[]) => ['netns', 'exec', name, ...argv]
  const run = (name: string, argv: string[]) => ip(...inside(name, argv))
  const start = (name: string, argv: string[], input = '') => {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'ip', ...inside(name, argv)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // A server that does not read it may have closed it.
    child.stdin.on('error', () => {}).end(input)
    running.push(child)
    return linesOf(child)
  }
  const ranges = Array.from({ length: cables }, (_, n) => [`--dhcp-range=10.77.${n}.50,10.77.${n}.60,120`])
  return {
    folder,
    atServer: (...argv) => run(server, argv),
    atClient: (...argv) => run(client, argv),
    startAtServer: (...argv) => start(server, argv),
    startAtClient: (...argv) => start(client, argv),
    startWorker: (init, name, job, before = []) =>
      start(client, [...before, init, 'child', name], `${JSON.stringify(job)}\n`),
    dnsmasq: async (...options) => {
      const own = options.some(option => option.startsWith('--dhcp-range')) ? [] : ranges.flat()
      const lines = start(server, [
        'dnsmasq',
        ...['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root', '--no-resolv'],
        ...['--log-facility=-', '--log-dhcp', '--no-hosts', '--no-ping'],
        ...(options.includes(NOT_AUTHORITATIVE) ? [] : ['--dhcp-authoritative']),
        ...[
          `--dhcp-leasefile=${join(folder, 'leases')}`,
          ...own,
          ...options.filter(option => option !== NOT_AUTHORITATIVE),
        ],
        ...(options.some(option => option.startsWith('--port')) ? [] : ['--port=0']),
      ])
      await lines.next(line => line.includes('IP range') || line.includes('static leases only'))
      return lines
    },
  }
}

/** keel-init's DHCP child at work: its news, one by one. */
export function eventsOf(lines: Lines) {
  return async (type: string, seconds?: number, fits = (_: ClientEvent) => true): Promise<ClientEvent> => {
    const isIt = (line: string) =>
      line.startsWith('{') && JSON.parse(line).type === type && fits(JSON.parse(line))
    return JSON.parse(await lines.next(isIt, seconds))
  }
}

function ip(...argv: string[]): string {
  return execFileSync('ip', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

const closed = (child: ChildProcess) => new Promise<number | null>(resolve => child.once('close', resolve))

function linesOf(child: ChildProcess): Lines {
  const all: string[] = []
  let taken = 0
  let notify = () => {}
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', line => {
      all.push(line)
      notify()
    })
  }
  const ended = closed(child)
  ended.then(() => notify())
  const next = async (fits: (line: string) => boolean, seconds = SECONDS): Promise<string> => {
    const until = Date.now() + seconds * 1000
    for (;;) {
      while (taken < all.length) {
        const line = all[taken] ?? ''
        taken += 1
        if (fits(line)) return line
      }
      const left = until - Date.now()
      const end = child.exitCode ?? child.signalCode
      if (left <= 0 || end !== null) {
        const how = end === null ? '' : `, and the process ended (${end})`
        throw new Error(`the line did not come${how}; all lines:\n${all.join('\n')}`)
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        notify = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  const close = () => {
    child.stdout?.destroy()
  }
  return { next, close, end: () => void child.kill('SIGKILL'), ended }
}
