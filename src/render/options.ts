/** The words of `keelctl render`: what each option is called, says and takes. */
import { isIPv4 } from 'node:net'
import { InvalidArgumentError } from '../cli/command-line.ts'
import { mebibytesOf } from '../cli/option-values.ts'
import { NAME } from './machine.ts'
import type { OptionName } from './target.ts'

interface OptionRow {
  /** `file` and `dir` are paths. */
  readonly value: string
  readonly help: string
  readonly read: (text: string) => unknown
}

export const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

export const OPTIONS: Readonly<Record<OptionName, OptionRow>> = {
  disk: {
    value: 'file',
    help: 'the disk it starts from: a copy of what image build --as disk or qcow2 made',
    read: plain,
  },
  seed: { value: 'file', help: 'what keelctl seed wrote', read: plain },
  name: { value: 'name', help: "the machine's name (default: that of the seed)", read: name },
  memory: { value: 'size', help: 'memory of the machine (default: 2GiB)', read: mebibytesOf },
  cpus: { value: 'number', help: 'processors of the machine (default: 2)', read: cpus },
  accelerator: { value: 'name', help: 'kvm, or tcg where there is none (default: kvm)', read: accelerator },
  network: { value: 'name', help: "libvirt's network (default: default)", read: plain },
  bridge: { value: 'name', help: 'a bridge of the host, in place of a network', read: plain },
  mac: {
    value: 'address',
    help: 'hardware address of its network card (default: made of its name)',
    read: mac,
  },
  events: {
    value: 'file',
    help: 'file to which the hypervisor writes every event as a JSON line',
    read: plain,
  },
  box: { value: 'name', help: "Vagrant's name of the box (default: keel)", read: plain },
  url: { value: 'url', help: 'where an HTTP server has the folder of image build --as pxe', read: url },
  interface: { value: 'name', help: 'the network card or bridge that the server listens on', read: word },
  dhcpRange: {
    value: 'range',
    help: 'first and last address for machines, as 10.0.0.50,10.0.0.99',
    read: range,
  },
  gateway: { value: 'address', help: 'the router of that network (default: the server)', read: address },
  dns: { value: 'address', help: 'the name server of that network (default: none)', read: address },
  tftpRoot: { value: 'dir', help: 'folder of the TFTP server, with start.ipxe', read: plain },
}

/** No format that is rendered here has a spelling for control characters, and nobody means one. */
function plain(text: string): string {
  if (text !== '' && !/\p{Cc}/u.test(text)) return text
  throw new InvalidArgumentError('it must not be empty or have control characters')
}

function matching(pattern: RegExp, wanted: string): (text: string) => string {
  return text => {
    if (pattern.test(text)) return text
    throw new InvalidArgumentError(wanted)
  }
}

function name(text: string): string {
  return matching(
    NAME,
    'it must consist of letters, digits, dots, dashes and underscores, a letter or digit first',
  )(text)
}

function word(text: string): string {
  return matching(/^[\w.:@-]{1,15}$/, 'it must be the name of a network interface, like eth0')(text)
}

function mac(text: string): string {
  const wanted = 'it must be the address of one network card, like 52:54:00:12:34:56'
  return matching(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/, wanted)(text.toLowerCase())
}

function cpus(text: string): number {
  return Number(matching(/^[1-9]\d{0,2}$/, 'it must be a number from 1 to 999')(text))
}

function accelerator(text: string): string {
  return matching(/^(kvm|tcg)$/, 'it must be kvm or tcg')(text)
}

function address(text: string): string {
  if (isIPv4(text)) return text
  throw new InvalidArgumentError('it must be an IPv4 address')
}

function range(text: string): string {
  const ends = text.split(',')
  if (ends.length === 2 && ends.every(isIPv4)) return text
  throw new InvalidArgumentError('it must be two IPv4 addresses with a comma between')
}

function url(text: string): string {
  const read = URL.canParse(text) ? new URL(text) : undefined
  if (!/^https?:$/.test(read?.protocol ?? '') || read?.search !== '' || read.hash !== '')
    throw new InvalidArgumentError('it must be the address of a folder, like http://10.0.0.1:8080/')
  return read.href.endsWith('/') ? read.href : `${read.href}/`
}
