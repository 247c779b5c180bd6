import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { type Machine, qemuArgs } from './qemu.ts'
import { type Command, eachLine, forwardedPorts, qmp } from './qmp.ts'

/** One line of the node's report, in the form of schema/event/v1.json. Loose, because tests boot broken nodes too. */
export type NodeEvent = { v: number; seq: number; bootId: string; monoMs: number; type: string } & Record<
  string,
  unknown
>

/** How QEMU ended: its exit code, or the signal that ended it. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null; stderr: string }

/** A running virtual machine. */
export type Vm = {
  machine: Machine
  /** Process id of QEMU, for measuring it. */
  pid: number
  /** Every event so far, oldest first. */
  events: NodeEvent[]
  /** Calls back for every event, first for those that came already. */
  each(listener: (event: NodeEvent) => void): void
  /** The first event that `wanted` accepts, also among those that came already; an error when QEMU ends or the time is over. */
  waitFor(what: string, wanted: (event: NodeEvent) => boolean, timeoutMs: number): Promise<NodeEvent>
  /** Asks QEMU for something: `system_powerdown` is the power button, `ctrl_alt_delete` those keys, `send_break` a break on the serial console, `cable_out` and `cable_in` take the carrier of a network card (the first one, if none is named) and give it back, `plug_in` attaches the first medium, which must be a `late-disk`, `quit` pulls the plug after QEMU has flushed. */
  command(command: Command): Promise<void>
  /** The port of the host's loopback address that leads to a port of the guest, as soon as QEMU runs; an error when it ended. */
  hostPort(guest: number): Promise<number>
  /** Pulls the plug. */
  kill(): void
  exited: Promise<Exit>
  console(): string
}

/** A machine did not do what was waited for. The message ends with all that the machine wrote on its console. */
export class VmError extends Error {
  readonly reason: string
  readonly consoleFile: string
  constructor(reason: string, vm: { events: NodeEvent[]; machine: Machine; console(): string }) {
    const events = vm.events.map(event => JSON.stringify(event)).join('\n')
    super(`${reason}\n--- events\n${events}\n--- console (${vm.machine.consoleFile})\n${vm.console()}`)
    this.reason = reason
    this.consoleFile = vm.machine.consoleFile
  }
}

const QEMU = 'qemu-system-x86_64'

/** A command, wrapped so that it runs in another network namespace. */
export type Inside = (argv: readonly string[]) => string[]

/**
 * Starts QEMU. It never outlives `deadlineMs`: coreutils' timeout kills it even when this process is gone. Without a deadline it
 * lives as long as the caller lets it. `inside` takes it into a network namespace, where its taps and its host's ports are.
 */
export async function startVm(
  machine: Machine,
  deadlineMs?: number,
  inside: Inside = argv => [...argv],
): Promise<Vm> {
  const events: NodeEvent[] = []
  const listeners = new Set<(event: NodeEvent) => void>()
  let isConnected = () => {}
  const connected = new Promise<void>(resolve => {
    isConnected = resolve
  })
  const server = await listen(machine.eventSocket, socket => {
    isConnected()
    eachLine(socket, line => {
      const event = eventOf(line)
      events.push(event)
      for (const listener of [...listeners]) listener(event)
    })
  })
  // `inside` goes directly around QEMU: it may end a command with its parent, and that must be `timeout` and not this process.
  const argv = inside([QEMU, ...qemuArgs(machine)])
  if (deadlineMs !== undefined) argv.unshift('timeout', '--signal=KILL', String(deadlineMs / 1000))
  // A group of its own: Ctrl-C is the caller's to interpret, and killing the group reaches QEMU below `timeout`.
  const child = spawn(argv[0] as string, argv.slice(1), {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL')
  }
  process.once('exit', kill)
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', error => reject(new Error(`${argv[0]} does not start: ${error.message}`)))
    child.once('close', (code, signal) => {
      process.removeListener('exit', kill)
      // The server is closed once the last event is read, so nobody sees the end before the events.
      server.close(() => resolve({ code, signal, stderr }))
    })
  })
  let ports: ReadonlyMap<number, number> | undefined
  const vm: Vm = {
    machine,
    pid: child.pid ?? 0,
    events,
    exited,
    kill,
    each(listener) {
      for (const event of events) listener(event)
      listeners.add(listener)
    },
    waitFor: (what, wanted, timeoutMs) => waitFor(vm, listeners, what, wanted, timeoutMs),
    command: command => qmp(machine.commandSocket, command, machine.nics),
    async hostPort(guest) {
      // QEMU opens the socket for commands first, and then this one.
      await Promise.race([connected, exited])
      ports ??= await forwardedPorts(machine.commandSocket)
      const port = ports.get(guest)
      if (port === undefined) throw new Error(`no host port is forwarded to the guest's port ${guest}`)
      return port
    },
    console: () => readIfThere(machine.consoleFile),
  }
  exited.catch(() => undefined)
  return vm
}

function waitFor(
  vm: Vm,
  listeners: Set<(event: NodeEvent) => void>,
  what: string,
  wanted: (event: NodeEvent) => boolean,
  timeoutMs: number,
): Promise<NodeEvent> {
  const early = vm.events.find(wanted)
  if (early) return Promise.resolve(early)
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer)
      listeners.delete(listener)
      settle()
    }
    const listener = (event: NodeEvent) => {
      if (wanted(event)) end(() => resolve(event))
    }
    const fail = (why: string) => end(() => reject(new VmError(`waiting for ${what}: ${why}`, vm)))
    const timer = setTimeout(() => fail(`not seen in ${timeoutMs / 1000} s`), timeoutMs)
    listeners.add(listener)
    vm.exited.then(
      exit => fail(`QEMU ended (${exit.signal ?? exit.code}) ${exit.stderr}`),
      (error: Error) => fail(error.message),
    )
  })
}

/** A line that is not JSON becomes an event that no test expects: it must be seen, and it must not end this process. */
function eventOf(line: string): NodeEvent {
  try {
    return JSON.parse(line) as NodeEvent
  } catch {
    return { v: 0, seq: 0, bootId: '', monoMs: 0, type: 'no-event', line }
  }
}

function listen(path: string, listener: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(listener)
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r', '')
  } catch {
    return ''
  }
}
