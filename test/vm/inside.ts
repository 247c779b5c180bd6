/** What docs/running-node.md says about a node, read from inside of it. */
import { expect } from 'vitest'
import { docsTable, listed } from '../docs-table.ts'

const PAGE = 'docs/running-node.md'

/** Has the agent carry out one command. */
type Ask = (command: string) => Promise<string>

/** One mount, as the page has it: path, type, and those options of its flags that take something away. */
export type Mount = { path: string; type: string; options: string[] }

const STRICT = ['ro', 'nosuid', 'nodev', 'noexec']

export const statedMounts = (): Mount[] =>
  docsTable(PAGE, 'Mounts').map(([path = '', type = '', options]) => ({
    path,
    type,
    options: STRICT.filter(one => listed(options).includes(one)),
  }))

/** Mounts of pods: below these both daemons mount what their containers need. */
const OF_PODS = /^\/(run\/containerd|run\/netns|var\/lib\/kubelet\/pods|var\/lib\/containerd)\//

/** What is mounted; of several at one path the last, which hides the others. Bind mounts of what persists are told apart by their root. */
export async function mounts(ask: Ask): Promise<{ own: Mount[]; bound: Mount[] }> {
  const found = new Map<string, Mount & { root: string }>()
  for (const line of (await ask('cat /proc/1/mountinfo')).trim().split('\n')) {
    const [front = '', back = ''] = line.split(' - ')
    const [, , , root = '', path = '', flags = ''] = front.split(' ')
    // A filesystem that cannot be written is read-only whatever its mount says.
    const [type = '', , ofFilesystem = ''] = back.split(' ')
    const isReadOnly = /^ro(,|$)/.test(ofFilesystem)
    const all = [...flags.split(','), ...(isReadOnly ? ['ro'] : [])]
    const options = STRICT.filter(one => all.includes(one))
    if (!OF_PODS.test(path)) found.set(path, { path, type, options, root })
  }
  const sorted = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const ofKind = (isBound: boolean) =>
    sorted
      .filter(({ root }) => root.startsWith('/persist/') === isBound)
      .map(({ root: _, ...mount }) => mount)
  return { own: ofKind(false), bound: ofKind(true) }
}

/** `also`: what a test's own pods listen on. The kernel chooses containerd's port, so of the loopback address they are counted. */
export const statedPorts = (...also: number[]) => ({
  open: [...docsTable(PAGE, 'Sockets').map(([port]) => Number(port)), ...also],
  loopback: [KUBELET_HEALTH, expect.any(Number)],
})

const KUBELET_HEALTH = 10248

const [LISTENING, UNCONNECTED] = ['0A', '07']
/** 127.0.0.0/8, ::1, and the first written as the second, as the kernel prints its words. */
const LOOPBACK = /^(.{6}7F|0{24}01000000|0{16}FFFF0000.{6}7F)$/i

/**
 * Ports of the node on which something waits, by TCP or UDP: for anybody from outside, and for what has the node's loopback
 * address.
 */
export async function ports(ask: Ask): Promise<{ open: number[]; loopback: number[] }> {
  const [open, loopback] = [new Set<number>(), new Set<number>()]
  for (const [table, wanted] of [
    ['tcp', LISTENING],
    ['tcp6', LISTENING],
    ['udp', UNCONNECTED],
    ['udp6', UNCONNECTED],
  ] as const) {
    const [head, ...rows] = (await ask(`cat /proc/1/net/${table}`)).trim().split('\n')
    if (!head?.includes('local_address')) throw new Error(`/proc/1/net/${table} is not a table: ${head}`)
    for (const row of rows) {
      const [, local = '', , state] = row.trim().split(/\s+/)
      const [address = '', port = ''] = local.split(':')
      if (state === wanted) (LOOPBACK.test(address) ? loopback : open).add(Number.parseInt(port, 16))
    }
  }
  const sorted = (some: Set<number>) => [...some].sort((a, b) => a - b)
  return { open: sorted(open), loopback: sorted(loopback) }
}

export const statedProcesses = (pods: number): string[] =>
  docsTable(PAGE, 'Processes')
    .flatMap(([name = '', count]) => Array(count === '1' ? 1 : pods).fill(name))
    .sort()

const KTHREADD = 2

/** Names of all processes outside of containers: everything in one descends from a shim. */
export async function processes(ask: Ask): Promise<string[]> {
  const all = new Map(
    (await ask('processes'))
      .trim()
      .split('\n')
      .flatMap(line => {
        // One that ended meanwhile has no line.
        const [, pid, name = '', parent] = /^(\d+) \((.*)\) \S (\d+)/.exec(line) ?? []
        return pid ? [[Number(pid), { name, parent: Number(parent) }] as const] : []
      }),
  )
  const isContained = (pid: number): boolean => {
    const above = all.get(all.get(pid)?.parent ?? 0)
    return above !== undefined && (above.name === SHIM || isContained(all.get(pid)?.parent ?? 0))
  }
  const isThread = (pid: number): boolean => pid === KTHREADD || all.get(pid)?.parent === KTHREADD
  return [...all.keys()]
    .filter(pid => !isThread(pid) && !isContained(pid))
    .map(pid => all.get(pid)?.name ?? '')
    .sort()
}

/** As the kernel cuts it off. */
const SHIM = 'containerd-shim'
