/** A cable on which a network is a VLAN and nothing else answers. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Stream } from '../../src/vm/qemu-network.ts'
import type { Inside } from '../../src/vm/vm.ts'
import { tempDir } from '../temp-dir.ts'
import { endAt } from './cable.ts'

const ADDRESSES = 12
const TAG = 4

/** The card of the machine, and how many frames without the tag have come from it. */
export interface Trunk {
  readonly nic: Stream
  untagged(): number
}

/** Opens one whose VLAN is QEMU's user network, with all that a namespace has. It is gone when the test is over. */
export async function openTrunk(inside: Inside, vlan: number): Promise<Trunk> {
  const dir = tempDir()
  const ends = { machine: await endAt(join(dir, 'machine')), network: await endAt(join(dir, 'network')) }
  let untagged = 0
  ends.machine.hear(frame => {
    if (frame.readUInt16BE(ADDRESSES) !== 0x8100) untagged += 1
    else if ((frame.readUInt16BE(ADDRESSES + 2) & 0xfff) === vlan)
      ends.network.send(Buffer.concat([frame.subarray(0, ADDRESSES), frame.subarray(ADDRESSES + TAG)]))
  })
  const tag = Buffer.from([0x81, 0x00, vlan >> 8, vlan & 0xff])
  ends.network.hear(frame =>
    ends.machine.send(Buffer.concat([frame.subarray(0, ADDRESSES), tag, frame.subarray(ADDRESSES)])),
  )
  const [program = '', ...rest] = inside([
    ...['qemu-system-x86_64', '-machine', 'none', '-nodefaults', '-display', 'none'],
    ...['-netdev', 'user,id=user', '-netdev', 'hubport,id=one,hubid=0,netdev=user'],
    ...['-netdev', `stream,id=cable,server=off,addr.type=unix,addr.path=${ends.network.path}`],
    ...['-netdev', 'hubport,id=other,hubid=0,netdev=cable'],
  ])
  const network = spawn(program, rest, { stdio: 'ignore' })
  onTestFinished(() => void network.kill('SIGKILL'))
  return { nic: { kind: 'stream', path: ends.machine.path }, untagged: () => untagged }
}
