import { expect, test } from 'vitest'
import { type Machine, qemuArgs } from '../../src/vm/qemu.ts'
import { cardCommand, portsIn } from '../../src/vm/qmp.ts'

const MACHINE: Machine = {
  starts: { from: 'kernel', kernel: '/i/vmlinuz', initramfs: '/i/initramfs.cpio', cmdline: 'console=ttyS0' },
  configFile: '/r/machine.json',
  accelerator: 'tcg',
  cpus: 2,
  memoryMib: 1024,
  disks: [{ file: '/d/a,b.img', serial: 'keel-disk' }],
  eventSocket: '/r/events',
  commandSocket: '/r/qmp',
  consoleFile: '/r/console',
  forwards: [10250],
}

const lineOf = (more: Partial<Machine>): string => qemuArgs({ ...MACHINE, ...more }).join(' ')

test('the guest gets its config, its disk with a serial number, its event port and no access to the host’s network', () => {
  const line = lineOf({})
  expect(line).toContain('-fw_cfg name=opt/dev.keel/config,file=/r/machine.json')
  expect(line).toContain('virtio-blk-pci,drive=disk0,serial=keel-disk')
  expect(line).toContain('name=dev.keel.events')
  expect(line).toContain('user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:0-:10250')
})

test('a comma in a path or in a word of the firmware does not end the option', () => {
  expect(lineOf({})).toContain('file=/d/a,,b.img')
  expect(lineOf({ smbios: [{ type: 1, fields: { manufacturer: 'A, B', serial: '7' } }] })).toContain(
    '-smbios type=1,manufacturer=A,, B,serial=7',
  )
  expect(lineOf({ media: [{ file: '/m/a,b.iso', as: 'disk' }] })).toContain('file=/m/a,,b.iso')
})

test('KVM is used only when asked for', () => {
  expect(lineOf({})).toContain('-accel tcg,thread=multi -cpu max')
  expect(lineOf({ accelerator: 'kvm' })).toContain('-accel kvm -cpu host')
})

test('media are read-only, and each stands behind the controller it asks for', () => {
  const line = lineOf({
    media: [
      { file: '/m/seed.iso', as: 'disk' },
      { file: '/m/cd.iso', as: 'ide-cd' },
      { file: '/m/scsi.iso', as: 'scsi-cd' },
    ],
  })
  expect(line).toContain('if=none,id=medium0,format=raw,readonly=on,file=/m/seed.iso')
  expect(line).toContain('virtio-blk-pci,drive=medium0')
  expect(line).toContain(
    'id=medium1,format=raw,readonly=on,media=cdrom,file=/m/cd.iso -device ide-cd,bus=ide.1,drive=medium1',
  )
  expect(line).toContain('-device virtio-scsi-pci,id=scsi')
  expect(line).toContain('scsi-cd,bus=scsi.0,drive=medium2')
  expect(lineOf({})).not.toContain('scsi')
})

test('a disk stands behind the controller it asks for, which is there once', () => {
  const disk = (behind: 'pvscsi' | 'megasas', serial: string) => ({ file: `/d/${serial}`, serial, behind })
  const disks = [disk('pvscsi', 'a'), disk('pvscsi', 'b'), disk('megasas', 'c')]
  const argv = qemuArgs({ ...MACHINE, disks })
  expect(argv.filter(word => word.startsWith('pvscsi'))).toEqual(['pvscsi,id=pvscsi'])
  const line = argv.join(' ')
  expect(line).toContain('-device scsi-hd,bus=pvscsi.0,drive=disk1,serial=b')
  expect(line).toContain('-device scsi-hd,bus=megasas.0,drive=disk2,serial=c')
  expect(line.indexOf('megasas-gen2,id=megasas')).toBeLessThan(line.indexOf('bus=megasas.0'))
})

test('cards are in the order of their options, and ports are forwarded to the first user network', () => {
  const line = lineOf({
    nics: [
      { kind: 'tap', name: 'tap0', mac: '52:54:00:90:00:0b' },
      { kind: 'user', reach: 'namespace', hostname: 'from-dhcp', device: 'e1000e' },
      { kind: 'user', reach: 'nothing' },
    ],
  })
  expect(line).toContain('tap,id=net0,ifname=tap0,script=no,downscript=no')
  expect(line).toContain('virtio-net-pci,netdev=net0,mac=52:54:00:90:00:0b,romfile=')
  expect(line).toContain('user,id=net1,hostname=from-dhcp,hostfwd=tcp:127.0.0.1:0-:10250 -device e1000e,')
  expect(line).toContain('user,id=net2,restrict=on -device')
  expect(lineOf({ nics: [] })).not.toContain('-netdev')
})

test('identity and clock are said only when they are chosen', () => {
  expect(lineOf({})).not.toMatch(/-uuid|-rtc|-smbios/)
  const line = lineOf({ uuid: 'ec2e1916-9099-7caf-fd21-012345abcdef', clock: '2035-01-01T00:00:00' })
  expect(line).toContain('-uuid ec2e1916-9099-7caf-fd21-012345abcdef')
  expect(line).toContain('-rtc base=2035-01-01T00:00:00')
})

test('disks of each kind bring their controller, once, and sectors of the size that is asked for', () => {
  const line = lineOf({
    disks: [
      { file: '/a', serial: 's0', behind: 'nvme', sectorBytes: 4096 },
      { file: '/b', serial: 's1', behind: 'usb' },
      { file: '/c', serial: 's2', behind: 'usb' },
      { file: '/d', serial: 's3', behind: 'sd' },
    ],
  })
  expect(line.match(/qemu-xhci/g)).toHaveLength(1)
  expect(line).toContain(
    '-device nvme,drive=disk0,serial=s0,logical_block_size=4096,physical_block_size=4096 ',
  )
  expect(line).toContain('-device usb-storage,bus=usb.0,drive=disk2,serial=s2 ')
  // The card has a number of its own, which QEMU chooses.
  expect(line).toMatch(/-device sdhci-pci .*-device sd-card,drive=disk3 /)
})

test('a machine that starts by itself gets no kernel, and its disk or its first card goes first', () => {
  const disk = lineOf({ starts: { from: 'disk', by: 'uefi', vars: '/r/vars,1.fd' } })
  expect(disk).not.toContain('-kernel')
  expect(disk).toContain('OVMF_CODE_4M.fd -drive if=pflash,format=raw,file=/r/vars,,1.fd')
  expect(disk).toContain('serial=keel-disk,bootindex=0')
  const network = lineOf({
    starts: { from: 'network', by: 'bios' },
    disks: [{ file: '/d', serial: 's', behind: 'ahci' }],
    nics: [{ kind: 'tap', name: 'tap0', device: 'e1000e' }],
  })
  expect(network).toContain('ide-hd,bus=ide.0,drive=disk0,serial=s -')
  expect(network).toContain('e1000e,netdev=net0,bootindex=0')
  expect(network).not.toMatch(/pflash|romfile|-append/)
})

test('the ports that QEMU chose are read from its table, and a connection is none of them', () => {
  const table = `Hub -1 (net0):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[HOST_FORWARD]   8       127.0.0.1 35039       10.0.2.15 10250     0     0
  TCP[HOST_FORWARD]   3       127.0.0.1 37169       10.0.2.15 10999     0     0
  TCP[ESTABLISHED]   30       127.0.0.1 40312       10.0.2.15 10250     0     0
  UDP[236 sec]       31       10.0.2.15 49744        10.0.2.2  1234     0     0
`.replaceAll('\n', '\r\n')
  expect([...portsIn(table)]).toEqual([
    [10250, 35039],
    [10999, 37169],
  ])
  expect([...portsIn('')]).toEqual([])
})

test('a card in a slot is unplugged and plugged in as it was, and an empty slot waits for its card', () => {
  const nics = [
    { kind: 'user', reach: 'nothing', slot: 'full', mac: '52:54:00:00:01:00' },
    { kind: 'user', reach: 'nothing', slot: 'empty' },
  ] as const
  const line = lineOf({ nics: [...nics] })
  expect(line).toContain(
    '-device pcie-root-port,id=slot0,chassis=1 -device virtio-net-pci,netdev=net0,id=card0,bus=slot0,mac=52:54:00:00:01:00,romfile=',
  )
  expect(line).toContain('-device pcie-root-port,id=slot1,chassis=2')
  expect(line).not.toContain('netdev=net1')
  expect(cardCommand({ card: 0, does: 'plug_in' }, nics)).toEqual({
    execute: 'device_add',
    arguments: {
      driver: 'virtio-net-pci',
      id: 'card0',
      bus: 'slot0',
      netdev: 'net0',
      mac: '52:54:00:00:01:00',
      romfile: '',
    },
  })
  expect(cardCommand({ card: 1, does: 'unplug' }, nics)).toMatchObject({ arguments: { id: 'card1' } })
  expect(cardCommand({ card: 1, does: 'cable_out' }, nics)).toEqual({
    execute: 'set_link',
    arguments: { name: 'net1', up: false },
  })
})
