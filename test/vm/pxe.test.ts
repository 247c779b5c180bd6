/** What docs/guides/pxe.md shows, run as it stands there, and machines that start from it. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { beforeAll, expect, test } from 'vitest'
import { type BootSource, UEFI } from '../../src/vm/qemu-firmware.ts'
import { blocksOf } from '../fenced-blocks.ts'
import { partitionsOf, tableProblems } from './disk.ts'
import { ownNetwork } from './namespace.ts'
import { durableActions } from './outline.ts'
import { startServer } from './server.ts'
import { boot, newDisk, powerOff, steady, tempDir } from './vm.ts'

const { yaml, commands } = blocksOf('docs/guides/pxe.md')
const [build = '', serve = '', render = '', dnsmasq = ''] = commands

/** The card's ROM copies ninety megabytes, one emulated frame after the other. */
const LOADING_MS = 500_000

/** The folder of the HTTP server. Hardware needs no word for an emulated machine's timer (images/recipes/cloud.ts); here it is emulated. */
let www = ''

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'keel-pxe-'))
  www = join(folder, 'www')
  prepare(folder)
  run(build.replace('-o www', '-o www --cmdline no_timer_check'), folder)
  return () => rmSync(folder, { recursive: true })
})

test.each(['bios', 'uefi'] as const)(
  'under %s, a machine with an empty disk starts from the network and finds its own config by its hardware address',
  async by => {
    const { network, tap, asked } = await openLab()
    const disk = newDisk(4096)
    const vm = await boot({
      disk,
      lifetimeMs: LOADING_MS,
      behind: 'ahci',
      inside: network.inside,
      hardware: {
        starts: startsBy(by),
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
    expect(asked()).toEqual([
      ...['/boot.ipxe', '/vmlinuz', '/initramfs.cpio'],
      `/machines/${tap.mac.replaceAll(':', '-')}.json`,
    ])
    await powerOff(vm)
    expect(tableProblems(disk)).toBe('')
    expect(partitionsOf(disk).map(({ name }) => name)).toEqual(['KEEL-STATE', 'KEEL-DATA'])
  },
)

test('UEFI firmware that is not iPXE asks the TFTP server for one', async () => {
  const { network, tap, dhcp } = await openLab()
  await boot({
    inside: network.inside,
    hardware: {
      starts: startsBy('uefi'),
      nics: [{ kind: 'tap', name: tap.name, mac: tap.mac, device: 'virtio-net-pci,romfile=' }],
    },
  })
  await dhcp.waitForLine(/file \/.*\/tftp\/snponly\.efi not found/)
})

/** A network with the servers of the guide; `asked` is every path that the HTTP server was asked for. */
async function openLab() {
  const { network, folder } = ownNetwork()
  const tap = network.addTap()
  prepare(folder)
  symlinkSync(www, join(folder, 'www'))
  run(render, folder)
  const start = (command: string) =>
    startServer(network.inside(['sh', '-c', `exec ${command.trim()}`]), folder)
  const http = start(serve)
  await http.waitForLine(/^Serving HTTP/)
  // It would leave root, and only root may enter a test's folder.
  const dhcp = start(`${dnsmasq.trim()} --user=root --pid-file= --dhcp-leasefile=leases --log-facility=-`)
  await dhcp.waitForLine(/TFTP root is/)
  const asked = () => http.lines.flatMap(line => /"GET (\S+) /.exec(line)?.[1] ?? [])
  return { network, tap, asked, dhcp }
}

function prepare(folder: string): void {
  symlinkSync(resolve('dist/keelctl'), join(folder, 'keelctl'))
  writeFileSync(join(folder, 'worker-1.keel.yaml'), yaml[0] ?? '')
}

function run(block: string, folder: string): void {
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` }
  execFileSync('sh', ['-euc', block], { cwd: folder, env, stdio: 'pipe' })
}

function startsBy(by: 'bios' | 'uefi'): BootSource {
  if (by === 'bios') return { from: 'network', by }
  const vars = join(tempDir(), 'vars.fd')
  copyFileSync(UEFI.vars, vars)
  return { from: 'network', by, vars }
}
