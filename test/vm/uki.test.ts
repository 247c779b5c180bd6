/** keel.efi is a whole node: firmware starts it without a loader, from a FAT or from a URL. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { UEFI } from '../../src/vm/qemu-firmware.ts'
import { IN_RAM } from './configs.ts'
import { vfat } from './media.ts'
import { ownNetwork } from './namespace.ts'
import { outline } from './outline.ts'
import { startServer } from './server.ts'
import { boot, machineConfig, powerOff, steady, tempDir } from './vm.ts'

/** Kept next to the other images. */
const FOLDER = 'dist/image-uki'
const FAT_MIB = 96

const build = (...words: string[]) =>
  execFileSync('node', ['dist/keelctl', 'image', 'build', '--as', 'uki', ...words], { stdio: 'pipe' })

beforeAll(() => void build('-o', FOLDER))

function firmware() {
  const vars = join(tempDir(), 'vars.fd')
  copyFileSync(UEFI.vars, vars)
  return { by: 'uefi', vars } as const
}

test('from a FAT that holds nothing else, under the name that firmware looks for', async () => {
  const contents = { 'EFI/BOOT/BOOTX64.EFI': readFileSync(join(FOLDER, 'keel.efi')) }
  const file = vfat(tempDir(), 'STICK', contents, FAT_MIB)
  const disks = [{ file, serial: 'stick' }]
  const vm = await boot({ config: [IN_RAM], disks, hardware: { starts: { from: 'disk', ...firmware() } } })
  await steady(vm)
  await powerOff(vm)
  expect(outline(vm.events).at(-1), vm.console()).toBe('shutdown clean power-off')
})

const PAGE = 'docs/images.md'
/** Firmware takes a minute and more for sixty megabytes of emulated frames. */
const LOADING_MS = 400_000

test('by UEFI HTTP boot, with the address of its config on its command line', async () => {
  const { network, folder } = ownNetwork()
  const tap = network.addTap()
  const www = join(folder, 'www')
  const [, words = ''] =
    /`keel\.efi`, built with `--cmdline '([^']+)'`/.exec(readFileSync(PAGE, 'utf8')) ?? []
  build('-o', www, '--cmdline', words)
  mkdirSync(join(www, 'machines'))
  writeFileSync(join(www, 'machines', `${tap.mac}.json`), machineConfig([IN_RAM]))
  const start = (...argv: string[]) => startServer(network.inside(argv), folder)
  const http = start('python3', '-m', 'http.server', '8080', '--bind', '10.90.0.1', '--directory', 'www')
  await http.waitForLine(/^Serving HTTP/)
  const dhcp = start('dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', ...DHCP)
  await dhcp.waitForLine(/DHCP, IP range/)

  const vm = await boot({
    lifetimeMs: LOADING_MS,
    inside: network.inside,
    hardware: {
      starts: { from: 'network', ...firmware(), byHttp: true },
      nics: [{ kind: 'tap', name: tap.name, mac: tap.mac }],
    },
  })
  await steady(vm, LOADING_MS)
  expect(outline(vm.events), vm.console()).toContain('source cmdline-url config')
  const asked = http.lines.flatMap(line => /"GET (\S+) /.exec(line)?.[1] ?? [])
  expect([...new Set(asked)]).toEqual(['/keel.efi', `/machines/${tap.mac.replaceAll(':', '%3A')}.json`])
  await powerOff(vm)
})

/** To a machine that says HTTPClient, and to no other, the same is said back with a URL. */
const DHCP = [
  ...['--port=0', '--user=root', '--pid-file=', '--dhcp-leasefile=leases', '--log-facility=-'],
  ...['--dhcp-range=10.90.0.50,10.90.0.99,10m', '--dhcp-vendorclass=set:http,HTTPClient'],
  ...['--dhcp-option-force=tag:http,60,HTTPClient', '--dhcp-boot=tag:http,http://10.90.0.1:8080/keel.efi'],
]
