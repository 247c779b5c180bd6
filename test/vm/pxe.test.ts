import { spawn } from 'node:child_process'
import { copyFileSync, createReadStream, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { UEFI } from '../../src/qemu-firmware.ts'
import { CONTROL_PLANE_ADDRESS, type Network } from '../cluster/network.ts'
import { buildMetalFolder, METAL_FOLDER } from '../image/metal-folder.ts'
import { openPort } from '../metadata/port.ts'
import { partitionsOf, tableProblems } from './disk.ts'
import { ownNetwork } from './namespace.ts'
import { durableActions } from './outline.ts'
import { boot, machineConfig, newDisk, powerOff, steady, tempDir } from './vm.ts'

const CONFIG = `
apiVersion: keel/v1
hostname: {from: [dhcp, mac]}
storage:
  disks:
    - match: {serial: keel-disk, transport: sata}
      partitions:
        - {label: KEEL-STATE, size: 64MiB}
        - {label: KEEL-DATA, size: rest}
kubernetes: {role: none}
`

/** The card's ROM copies ninety megabytes, one emulated frame after the other. */
const LOADING_MS = 500_000

const SERVER = `http://${CONTROL_PLANE_ADDRESS}:8080`

beforeAll(buildMetalFolder)

test.each(['bios', 'uefi'] as const)(
  'under %s, a machine with an empty disk starts from the network and finds its own config by its hardware address',
  async by => {
    const { network, tap, asked } = await openWorld()
    const vars = join(tempDir(), 'vars.fd')
    copyFileSync(UEFI.vars, vars)
    const disk = newDisk()
    const vm = await boot({
      disk,
      lifetimeMs: LOADING_MS,
      behind: 'ahci',
      inside: network.inside,
      hardware: {
        starts: by === 'bios' ? { from: 'network', by } : { from: 'network', by, vars },
        nics: [{ kind: 'tap', name: tap.name, mac: tap.mac, device: 'e1000e' }],
      },
    })
    await steady(vm, LOADING_MS)
    expect(durableActions(vm.events), vm.console()).toEqual([
      'write-table /dev/sda',
      ...['make-filesystem KEEL-STATE', 'finish-partition KEEL-STATE'],
      ...['make-filesystem KEEL-DATA', 'finish-partition KEEL-DATA'],
      ...['', '/var', '/var/log'].map(path => `make-directory /keel/data/persist${path}`),
    ])
    expect(asked).toEqual([
      ...['/boot.ipxe', '/vmlinuz', '/initramfs.cpio'],
      `/machines/${tap.mac.replaceAll(':', '-')}.json`,
    ])
    await powerOff(vm)
    expect(tableProblems(disk)).toBe('')
    expect(partitionsOf(disk).map(({ name }) => name)).toEqual(['KEEL-STATE', 'KEEL-DATA'])
  },
)

/** A network with a DHCP and TFTP server, and the image's folder behind HTTP; `asked` is every path that was asked for. */
async function openWorld() {
  const { network, folder } = ownNetwork()
  const tap = network.addTap()
  startDnsmasq(network, folder)
  const asked = await serve(network, `/machines/${tap.mac.replaceAll(':', '-')}.json`)
  return { network, tap, asked }
}

/** What an administrator has: the network card's own iPXE loads a script of one line by TFTP, which leads to the folder. */
function startDnsmasq(network: Network, folder: string): void {
  const tftp = join(folder, 'tftp')
  mkdirSync(tftp)
  writeFileSync(join(tftp, 'start.ipxe'), `#!ipxe\nset base ${SERVER}/\nchain \${base}boot.ipxe\n`)
  const argv = network.inside([
    ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root', '--port=0'],
    ...['--interface=br0', '--bind-interfaces', '--dhcp-authoritative', `--dhcp-leasefile=${folder}/leases`],
    ...['--dhcp-range=10.90.0.50,10.90.0.99,1h', '--dhcp-userclass=set:ipxe,iPXE'],
    ...['--dhcp-boot=tag:ipxe,start.ipxe', '--enable-tftp', `--tftp-root=${tftp}`],
  ])
  const [program = '', ...rest] = argv
  const dnsmasq = spawn(program, rest, { stdio: 'ignore' })
  onTestFinished(() => {
    dnsmasq.kill()
  })
}

async function serve(network: Network, configPath: string): Promise<string[]> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    if (path === configPath) response.end(machineConfig([CONFIG]))
    else if (!/^\/[a-z.]+$/.test(path) || !existsSync(join(METAL_FOLDER, path))) response.writeHead(404).end()
    else createReadStream(join(METAL_FOLDER, path)).pipe(response)
  })
  const port = await openPort({ address: CONTROL_PLANE_ADDRESS, port: 8080, inside: network.inside })
  server.listen(port)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return asked
}
