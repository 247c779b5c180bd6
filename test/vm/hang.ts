/** A kernel that hangs with all its processors: by QEMU's stub for debuggers, and by nothing in the machine itself. */
import { connect, type Socket } from 'node:net'

/** `cli` and a jump to itself: no interrupt, no timer, no process ever runs again. */
const STUCK = 'faebfe'
/** The registers in the order of GDB's description of this processor: 16 of 8 bytes are before the instruction pointer. */
const POINTER = { from: 16 * 16, to: 17 * 16 }

/** Hangs the one processor of a machine, as soon as it is in the kernel. `socketPath` is its `debugSocket`. */
export async function hang(socketPath: string): Promise<void> {
  const debug = await debugging(socketPath)
  try {
    // Who connects has stopped the machine.
    let at = await debug.pointer()
    while (at < 1n << 63n) {
      await debug.step()
      at = await debug.pointer()
    }
    await debug.ask(`M${at.toString(16)},3:${STUCK}`)
  } finally {
    debug.close()
  }
}

async function debugging(path: string) {
  const socket = await opened(path)
  let text = ''
  let isThere = () => {}
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part
    isThere()
  })
  const packet = async (): Promise<string> => {
    for (;;) {
      const [all, body = ''] = /^[^$]*\$([^#]*)#../s.exec(text) ?? []
      if (all !== undefined) {
        text = text.slice(all.length)
        socket.write('+')
        return body
      }
      await new Promise<void>(resolve => {
        isThere = resolve
      })
    }
  }
  const send = (command: string) => {
    const sum = [...command].reduce((sum, char) => sum + char.charCodeAt(0), 0) & 255
    socket.write(`$${command}#${sum.toString(16).padStart(2, '0')}`)
  }
  const ask = async (command: string): Promise<string> => {
    send(command)
    const answer = await packet()
    if (/^E/.test(answer)) throw new Error(`the debugger's ${command} is answered by ${answer}`)
    return answer
  }
  return {
    ask,
    step: () => ask('s'),
    pointer: async () => {
      const bytes = Buffer.from((await ask('g')).slice(POINTER.from, POINTER.to), 'hex')
      return bytes.readBigUInt64LE()
    },
    /** The machine goes on without a debugger. */
    close: () => {
      send('D')
      socket.end()
    },
  }
}

const opened = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket))
    socket.once('error', reject)
  })
