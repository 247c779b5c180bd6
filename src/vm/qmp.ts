import { connect, type Socket } from 'node:net'
import type { Nic } from './qemu-network.ts'

const key = (data: string) => ({ type: 'qcode', data })

/** The first disk passes so many bytes a second from now on; 0: as many as it can. */
const diskSpeed = (bps: number) => ({
  execute: 'block_set_io_throttle',
  arguments: { device: 'disk0', bps, bps_rd: 0, bps_wr: 0, iops: 0, iops_rd: 0, iops_wr: 0 },
})

/** What can be asked of a running QEMU, each as one QMP command over its own connection. */
const COMMANDS = {
  system_powerdown: { execute: 'system_powerdown' },
  system_reset: { execute: 'system_reset' },
  quit: { execute: 'quit' },
  plug_in: {
    execute: 'device_add',
    arguments: { driver: 'scsi-hd', bus: 'scsi.0', drive: 'medium0', id: 'late' },
  },
  cable_out: { execute: 'set_link', arguments: { name: 'net0', up: false } },
  cable_in: { execute: 'set_link', arguments: { name: 'net0', up: true } },
  disk_is_slow: diskSpeed(64 * 1024),
  disk_is_fast: diskSpeed(0),
  send_break: { execute: 'chardev-send-break', arguments: { id: 'console' } },
  ctrl_alt_delete: {
    execute: 'send-key',
    arguments: { keys: [key('ctrl'), key('alt'), key('delete')] },
  },
} as const

/** Of a network card: its cable, and the card itself where it is in a slot. */
export type CardCommand = { card: number; does: 'cable_out' | 'cable_in' | 'plug_in' | 'unplug' }

export type Command = keyof typeof COMMANDS | CardCommand

/** Sends one command and waits until QEMU has taken it. */
export async function qmp(socketPath: string, command: Command, nics: readonly Nic[] = []): Promise<void> {
  if (typeof command === 'string') return void (await answerTo(socketPath, command, COMMANDS[command]))
  await answerTo(socketPath, `${command.does} of card ${command.card}`, cardCommand(command, nics))
}

/** The same as QMP has it. A card gets what the machine was started with. */
export function cardCommand({ card, does }: CardCommand, nics: readonly Nic[]): object {
  const [netdev, id] = [`net${card}`, `card${card}`]
  if (does === 'unplug') return { execute: 'device_del', arguments: { id } }
  if (does !== 'plug_in') return { execute: 'set_link', arguments: { name: netdev, up: does === 'cable_in' } }
  const { device = 'virtio-net-pci', mac } = nics[card] ?? {}
  const place = { id, bus: `slot${card}`, netdev, romfile: '' }
  return { execute: 'device_add', arguments: { driver: device, ...place, ...(mac && { mac }) } }
}

/** The ports of the host that QEMU chose, by the port of the guest to which each leads. */
export async function forwardedPorts(socketPath: string): Promise<Map<number, number>> {
  const question = { execute: 'human-monitor-command', arguments: { 'command-line': 'info usernet' } }
  return portsIn(String(await answerTo(socketPath, 'info usernet', question)))
}

/** The rows of `info usernet`, as `TCP[HOST_FORWARD]  8  127.0.0.1 35039  10.0.2.15 10250  0  0`. */
export function portsIn(table: string): Map<number, number> {
  const rows = table.matchAll(/TCP\[HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)/g)
  return new Map([...rows].map(([, host, guest]) => [Number(guest), Number(host)]))
}

/** QMP greets first, wants `qmp_capabilities`, then answers each line. */
function answerTo(socketPath: string, name: string, command: object, timeoutMs = 10_000): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    const fail = (why: string) => reject(new Error(`QEMU refused ${name}: ${why}`))
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer in ${timeoutMs} ms`)))
    socket.on('error', error => fail(error.message))
    // quit closes the connection, sometimes before its answer is out.
    socket.on('close', () => (name === 'quit' ? resolve(undefined) : fail('the connection was closed')))
    let answers = 0
    eachLine(socket, line => {
      const message = JSON.parse(line) as { QMP?: object; return?: unknown; error?: { desc: string } }
      if (message.QMP)
        return void socket.write(`{"execute":"qmp_capabilities"}\n${JSON.stringify(command)}\n`)
      if (message.error) fail(message.error.desc)
      else if ('return' in message && ++answers === 2) resolve(message.return)
      else return
      socket.end()
    })
  })
}

/** Calls back for each whole line that arrives; a last line without an end is a torn write and is dropped. */
export function eachLine(socket: Socket, take: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') take(line)
  })
}
