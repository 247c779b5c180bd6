import { escaped } from './qemu-escape.ts'

/** A machine's network cards, and what each is plugged into. */
export type Nic = {
  /** Absent: QEMU numbers the cards from 52:54:00:12:34:56 on. */
  mac?: string
  /** QEMU's name of the card; absent: `virtio-net-pci`. */
  device?: string
  /** Where it can be unplugged and plugged in while the machine runs; `empty`: it is not plugged in yet. */
  slot?: 'full' | 'empty'
} & (UserNet | Tap | Bridge | Stream)

/** A network that QEMU plays by itself, with a DHCP server and a gateway. */
export type UserNet = {
  kind: 'user'
  /**
   * `nothing`: not even the host. `namespace`: every address that QEMU's own process reaches, so such a machine runs in a network
   * namespace that leads nowhere, and an address of its loopback interface can play a metadata service.
   */
  reach: 'nothing' | 'namespace'
  /** The host name that DHCP hands out. */
  hostname?: string
}

/** An interface of the host that another program made: real frames, in whatever network it is plugged into. */
export type Tap = { kind: 'tap'; name: string }

/** A bridge of the host, into which QEMU's own program plugs the card; `/etc/qemu/bridge.conf` allows it. */
export type Bridge = { kind: 'bridge'; name: string }

/** A unix socket on which another program listens: each frame has its length before it, in four bytes. */
export type Stream = { kind: 'stream'; path: string }

/**
 * The forwards are ports of the guest and belong to the first user network: QEMU chooses a port of the host's loopback address for
 * each. Where no card is named, there is one that reaches nothing.
 */
export function networkArgs(
  nics: Nic[] = [{ kind: 'user', reach: 'nothing' }],
  forwards: number[],
  starts = false,
): string[] {
  const first = nics.findIndex(({ kind }) => kind === 'user')
  return nics.flatMap((nic, index) => [
    ...['-netdev', backend(nic, `net${index}`, index === first ? forwards : [])],
    ...(nic.slot === undefined ? [] : ['-device', `pcie-root-port,id=slot${index},chassis=${index + 1}`]),
    ...(nic.slot === 'empty' ? [] : ['-device', card(nic, index, starts && index === 0)]),
  ])
}

/** `romfile=` drops the network boot ROM where nothing uses it. */
function card(nic: Nic, index: number, starts: boolean): string {
  const place = nic.slot === undefined ? '' : `,id=card${index},bus=slot${index}`
  return `${nic.device ?? 'virtio-net-pci'},netdev=net${index}${place}${option('mac', nic.mac)}${starts ? ',bootindex=0' : ',romfile='}`
}

function backend(nic: Nic, id: string, forwards: number[]): string {
  if (nic.kind === 'tap') return `tap,id=${id},ifname=${nic.name},script=no,downscript=no`
  if (nic.kind === 'bridge') return `bridge,id=${id},br=${escaped(nic.name)}`
  if (nic.kind === 'stream') return `stream,id=${id},server=off,addr.type=unix,addr.path=${escaped(nic.path)}`
  const restrict = nic.reach === 'nothing' ? ',restrict=on' : ''
  const rules = forwards.map(guest => `,hostfwd=tcp:127.0.0.1:0-:${guest}`).join('')
  return `user,id=${id}${restrict}${option('hostname', nic.hostname)}${rules}`
}

const option = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `,${name}=${value}`
