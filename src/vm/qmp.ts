import { connect, type Socket } from 'node:net'

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
  disk_crawls: diskSpeed(512),
  disk_is_slow: diskSpeed(64 * 1024),
  disk_is_fast: diskSpeed(0),
  send_break: { execute: 'chardev-send-break', arguments: { id: 'console' } },
  ctrl_alt_delete: {
    execute: 'send-key',
    arguments: { keys: [key('ctrl'), key('alt'), key('delete')] },
  },
} as const

export type Command = keyof typeof COMMANDS

/** Sends one command and waits for its answer. QMP greets first, wants `qmp_capabilities`, then answers each line. */
export function qmp(socketPath: string, command: Command, timeoutMs = 10_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    const fail = (why: string) => reject(new Error(`QEMU refused ${command}: ${why}`))
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer in ${timeoutMs} ms`)))
    socket.on('error', error => fail(error.message))
    // quit closes the connection, sometimes before its answer is out.
    socket.on('close', () => (command === 'quit' ? resolve() : fail('the connection was closed')))
    let answers = 0
    eachLine(socket, line => {
      const message = JSON.parse(line) as { QMP?: object; return?: object; error?: { desc: string } }
      if (message.QMP)
        return void socket.write(`{"execute":"qmp_capabilities"}\n${JSON.stringify(COMMANDS[command])}\n`)
      if (message.error) fail(message.error.desc)
      else if (message.return && ++answers === 2) resolve()
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
